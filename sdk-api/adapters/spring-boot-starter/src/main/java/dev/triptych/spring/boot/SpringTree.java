package dev.triptych.spring.boot;

import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Settings as Spring binds them, back in the form that they have in {@code triptych.yaml}. Spring binds a list as a map
 * of indices, YAML's {@code off} as false, and lets {@code api-key} be written {@code apiKey} or, in an environment
 * variable, {@code API_KEY}.
 */
final class SpringTree {

    private SpringTree() {}

    /** {@code settings} with the names of {@code known} keys, and values that suit them. */
    static Map<String, Object> of(Map<String, Object> settings, Collection<SettingKey> known) {
        Map<String, Object> tree = new LinkedHashMap<>();
        settings.forEach((name, value) -> put(tree, name, value, known));
        return tree;
    }

    private static void put(Map<String, Object> tree, String name, Object value, Collection<SettingKey> known) {
        Optional<SettingKey> key = find(name, known);
        if (key.isPresent()) {
            tree.put(key.get().name(), value(value, key.get().value()));
        } else if (value instanceof Map<?, ?> map
                && map.keySet().stream().anyMatch(below -> isPart(name, below, known))) {
            map.forEach((below, each) -> put(tree, name + "-" + below, each, known));
        } else {
            tree.put(name, plain(value));
        }
    }

    /** Whether {@code name} and {@code below} are the beginning of one key that Spring took apart at an underscore. */
    private static boolean isPart(String name, Object below, Collection<SettingKey> known) {
        String start = letters(name + below);
        return known.stream().anyMatch(key -> letters(key.name()).startsWith(start));
    }

    private static Optional<SettingKey> find(String name, Collection<SettingKey> known) {
        return known.stream()
                .filter(key -> letters(key.name()).equals(letters(name)))
                .findFirst();
    }

    private static String letters(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }

    private static Object value(Object value, SettingValue wanted) {
        boolean takesOff = wanted.off() || wanted.words().contains("off");
        if (takesOff && String.valueOf(value).equalsIgnoreCase("false")) {
            return "off";
        }
        if (value instanceof Map<?, ?> map && !wanted.keys().isEmpty()) {
            Map<String, Object> below = new LinkedHashMap<>();
            map.forEach((name, each) -> put(below, String.valueOf(name), each, wanted.keys()));
            return below;
        }
        return plain(value);
    }

    /** Maps of indices as lists, all the way down. */
    private static Object plain(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return value;
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((name, each) -> copy.put(String.valueOf(name), plain(each)));
        List<Object> list = new ArrayList<>();
        while (copy.containsKey(Integer.toString(list.size()))) {
            list.add(copy.getOrDefault(Integer.toString(list.size()), ""));
        }
        return !list.isEmpty() && list.size() == copy.size() ? list : copy;
    }
}
