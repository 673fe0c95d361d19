package dev.triptych.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Maps within maps: one layer of the configuration, or several laid over each other. */
final class ConfigTree {

    private ConfigTree() {}

    /** Sets the value at {@code path}, making the maps on the way. */
    static void put(Map<String, Object> tree, List<String> path, Object value) {
        Map<String, Object> map = tree;
        for (String step : path.subList(0, path.size() - 1)) {
            Object below = map.get(step);
            Map<String, Object> next = below instanceof Map<?, ?> ? YamlTree.asMap(below, step) : new LinkedHashMap<>();
            map.put(step, next);
            map = next;
        }
        map.put(path.get(path.size() - 1), value);
    }

    /** A copy of {@code lower} with {@code upper} laid over it: maps are merged, everything else is replaced. */
    static Map<String, Object> merge(Map<String, Object> lower, Map<String, Object> upper) {
        Map<String, Object> merged = new LinkedHashMap<>();
        lower.forEach((key, value) -> merged.put(key, copy(key, value)));
        upper.forEach((key, value) -> merged.merge(
                key,
                copy(key, value),
                (below, above) -> below instanceof Map<?, ?> && above instanceof Map<?, ?>
                        ? merge(YamlTree.asMap(below, key), YamlTree.asMap(above, key))
                        : above));
        return merged;
    }

    private static Object copy(String key, Object value) {
        return value instanceof Map<?, ?> ? merge(YamlTree.asMap(value, key), Map.of()) : value;
    }
}
