package dev.triptych.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The settings that environment variables give.
 *
 * <ul>
 *   <li>{@code TRIPTYCH_DEFAULT} sets {@code default}.
 *   <li>{@code TRIPTYCH_GENERATORS_STUDIO_API_KEY} sets {@code generators.studio.api-key}: first the name of a
 *       generator of the file (or of one that {@code TRIPTYCH_GENERATORS_STUDIO_TYPE} adds), then the key, in capitals
 *       and with {@code _} for {@code -} and {@code .}.
 *   <li>{@code TRIPTYCH_CACHE_DIRECTORY} sets {@code cache.directory}, and so for every section.
 *   <li>Two underscores go one level down: {@code TRIPTYCH_GENERATORS_STUDIO_RETRY__ATTEMPTS} sets
 *       {@code generators.studio.retry.attempts}.
 *   <li>A value that begins with <code>[</code> or <code>{</code> is read as YAML, every other one is a text.
 * </ul>
 *
 * <p>Other variables that begin with {@code TRIPTYCH_} are none of its business.
 */
final class EnvironmentLayer {

    private static final String PREFIX = "TRIPTYCH_";
    private static final String GENERATORS_PREFIX = PREFIX + "GENERATORS_";
    private static final String TYPE_SUFFIX = "_TYPE";

    private final Map<String, Object> tree = new LinkedHashMap<>();
    private final Map<String, String> names = new TreeMap<>();

    private EnvironmentLayer() {}

    /** The tree of settings that {@code environment} gives to the generators in {@code known} and to new ones. */
    static Map<String, Object> of(Map<String, String> environment, Set<String> known) {
        EnvironmentLayer layer = new EnvironmentLayer();
        known.forEach(name -> layer.names.put(capitals(name), name));
        Set<String> variables = new TreeSet<>(environment.keySet());
        variables.forEach(layer::addName);
        variables.forEach(variable -> layer.read(variable, environment.getOrDefault(variable, "")));
        return layer.tree;
    }

    private void addName(String variable) {
        if (variable.startsWith(GENERATORS_PREFIX)
                && variable.endsWith(TYPE_SUFFIX)
                && variable.length() > GENERATORS_PREFIX.length() + TYPE_SUFFIX.length()) {
            String name = variable.substring(GENERATORS_PREFIX.length(), variable.length() - TYPE_SUFFIX.length());
            names.putIfAbsent(name, lowerCase(name));
        }
    }

    private void read(String variable, String text) {
        if (variable.equals(PREFIX + capitals(ConfigSchema.DEFAULT))) {
            put(List.of(ConfigSchema.DEFAULT), text, variable);
        } else if (variable.startsWith(GENERATORS_PREFIX)) {
            readGenerator(variable, text);
        } else {
            ConfigSchema.sections().stream()
                    .map(ConfigSchema.Section::name)
                    .filter(section -> variable.startsWith(PREFIX + capitals(section) + "_"))
                    .findFirst()
                    .ifPresent(section -> put(
                            path(List.of(section), variable.substring((PREFIX + capitals(section) + "_").length())),
                            text,
                            variable));
        }
    }

    private void readGenerator(String variable, String text) {
        String rest = variable.substring(GENERATORS_PREFIX.length());
        Optional<String> owner = names.keySet().stream()
                .filter(name -> rest.startsWith(name + "_") && rest.length() > name.length() + 1)
                .max(Comparator.comparingInt(String::length));
        if (owner.isEmpty()) {
            throw new ConfigException("environment variable " + variable + " must be TRIPTYCH_GENERATORS_NAME_KEY"
                    + " but there is no generator of such a name; known are "
                    + String.join(", ", new TreeSet<>(names.values())));
        }
        String name = names.getOrDefault(owner.get(), owner.get());
        put(
                path(
                        List.of(ConfigSchema.GENERATORS, name),
                        rest.substring(owner.get().length() + 1)),
                text,
                variable);
    }

    private static List<String> path(List<String> start, String rest) {
        List<String> path = new ArrayList<>(start);
        for (String step : rest.split("__", -1)) {
            path.add(lowerCase(step));
        }
        return path;
    }

    private void put(List<String> path, String text, String variable) {
        boolean structured = text.startsWith("[") || text.startsWith("{");
        Object value = structured ? YamlTree.value(text, "environment variable " + variable) : text;
        ConfigTree.put(tree, path, value == null ? "" : value);
    }

    private static String capitals(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    private static String lowerCase(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
