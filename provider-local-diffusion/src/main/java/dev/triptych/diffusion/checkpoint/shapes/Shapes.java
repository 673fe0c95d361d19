package dev.triptych.diffusion.checkpoint.shapes;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shapes of a network's tensors by the names of diffusers or transformers.
 *
 * @param byName the shapes, row-major
 */
record Shapes(Map<String, List<Long>> byName) {

    boolean has(String name) {
        return byName.containsKey(name);
    }

    boolean anyStarts(String start) {
        return byName.keySet().stream().anyMatch(name -> name.startsWith(start));
    }

    /** The length of the first axis; 0 where there is no such tensor. */
    int rows(String name) {
        return axis(name, 0);
    }

    /** The length of the second axis; 0 where there is none. */
    int columns(String name) {
        return axis(name, 1);
    }

    /** The length of an axis; 0 where there is no such tensor or axis. */
    int axis(String name, int axis) {
        List<Long> dims = byName.getOrDefault(name, List.of());
        return axis < dims.size() ? (int) Math.min(dims.get(axis), Integer.MAX_VALUE) : 0;
    }

    int axes(String name) {
        return byName.getOrDefault(name, List.of()).size();
    }

    /** How many entries of a numbered list there are: one more than the highest number behind {@code start}. */
    int count(String start) {
        Pattern numbered = Pattern.compile(Pattern.quote(start) + "(\\d{1,4})\\..*");
        return byName.keySet().stream()
                .map(numbered::matcher)
                .filter(Matcher::matches)
                .mapToInt(found -> Integer.parseInt(found.group(1)) + 1)
                .max()
                .orElse(0);
    }

    /** The second axis of the first tensor whose name ends so; 0 where there is none. */
    int columnsOfFirst(String end) {
        return byName.keySet().stream()
                .filter(name -> name.endsWith(end))
                .mapToInt(this::columns)
                .findFirst()
                .orElse(0);
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
