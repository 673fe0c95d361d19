package dev.triptych.compare;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Two pictures of one request, held against each other.
 *
 * @param row which request, from 0
 * @param left name of the generator that stands further left
 * @param right name of the other generator
 * @param scores what was measured, by {@link Measure#id()}; what could not be measured is absent, never 0
 * @param notes what kept a measure from being taken
 */
public record Pair(int row, String left, String right, Map<String, Double> scores, List<String> notes) {

    /** Copies the collections. */
    public Pair {
        scores = Collections.unmodifiableMap(new TreeMap<>(scores));
        notes = List.copyOf(notes);
    }
}
