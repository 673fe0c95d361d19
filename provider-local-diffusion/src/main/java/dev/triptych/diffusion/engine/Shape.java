package dev.triptych.diffusion.engine;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The sizes that one graph of a network is built for, by the names the network gives them: height, width, tokens …
 * Immutable.
 *
 * @param axes each size, from 0
 */
public record Shape(Map<String, Integer> axes) {

    /** Copies the sizes. */
    public Shape {
        axes = Collections.unmodifiableMap(new TreeMap<>(axes));
    }

    /** A shape with nothing to choose. */
    public static Shape none() {
        return new Shape(Map.of());
    }

    /** A height and a width. */
    public static Shape of(int height, int width) {
        return new Shape(Map.of("height", height, "width", width));
    }

    /** This shape with one more size. */
    public Shape with(String axis, int size) {
        Map<String, Integer> more = new TreeMap<>(axes);
        more.put(axis, size);
        return new Shape(more);
    }

    /** The size of {@code axis}; 0 where it was not said. */
    public int get(String axis) {
        return axes.getOrDefault(axis, 0);
    }

    /** Such as {@code "height 64, width 96"}. */
    @Override
    public String toString() {
        return axes.entrySet().stream()
                .map(axis -> axis.getKey() + " " + axis.getValue())
                .collect(Collectors.joining(", "));
    }
}
