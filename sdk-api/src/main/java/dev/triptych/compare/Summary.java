package dev.triptych.compare;

import java.util.Collection;

/**
 * A few numbers that stand for many. Missing ones are not among them, and {@code count} says how many there were.
 *
 * @param count how many numbers, at least 1
 * @param mean their mean
 * @param median their median
 * @param min the least
 * @param max the greatest
 */
record Summary(int count, double mean, double median, double min, double max) {

    /**
     * The summary of {@code values}.
     *
     * @throws IllegalArgumentException if there are none: nothing can stand for that
     */
    static Summary of(Collection<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("values must hold at least one number but were empty");
        }
        double sum = 0;
        for (double value : sorted) {
            sum += value;
        }
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Summary(sorted.length, sum / sorted.length, median, sorted[0], sorted[sorted.length - 1]);
    }
}
