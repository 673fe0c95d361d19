package dev.triptych;

import java.util.Comparator;
import java.util.List;

/**
 * Which sizes a generator makes: a fixed list, or any multiple of a step within bounds. Immutable data.
 *
 * @param fixed the sizes it makes; empty = any size within the bounds below
 * @param multipleOf each edge is a multiple of this
 * @param minEdge the shortest edge in pixels
 * @param maxEdge the longest edge in pixels
 * @param minPixels the least width × height
 * @param maxPixels the most width × height
 * @param maxRatio the longer edge is at most this many times the shorter one
 * @param standard the size made when none is asked for
 */
public record SizeRule(
        List<ImageSize> fixed,
        int multipleOf,
        int minEdge,
        int maxEdge,
        long minPixels,
        long maxPixels,
        double maxRatio,
        ImageSize standard) {

    /** Copies the list. */
    public SizeRule {
        fixed = List.copyOf(fixed);
    }

    /** Exactly these sizes; the first is the standard one. */
    public static SizeRule oneOf(ImageSize... sizes) {
        return new SizeRule(List.of(sizes), 1, 1, Integer.MAX_VALUE, 1, Long.MAX_VALUE, Double.MAX_VALUE, sizes[0]);
    }

    /** Any size whose edges are multiples of {@code step} between {@code minEdge} and {@code maxEdge}. */
    public static SizeRule multiplesOf(int step, int minEdge, int maxEdge, ImageSize standard) {
        return new SizeRule(List.of(), step, minEdge, maxEdge, 1, (long) maxEdge * maxEdge, Double.MAX_VALUE, standard);
    }

    /** Any size at all. */
    public static SizeRule any(ImageSize standard) {
        return multiplesOf(1, 1, Integer.MAX_VALUE, standard);
    }

    /** Whether {@code size} can be made as it is. */
    public boolean accepts(ImageSize size) {
        if (!fixed.isEmpty()) {
            return fixed.contains(size);
        }
        int longer = Math.max(size.width(), size.height());
        int shorter = Math.min(size.width(), size.height());
        return size.width() % multipleOf == 0
                && size.height() % multipleOf == 0
                && shorter >= minEdge
                && longer <= maxEdge
                && size.pixels() >= minPixels
                && size.pixels() <= maxPixels
                && (double) longer / shorter <= maxRatio;
    }

    /** The possible size whose shape, and then whose area, is closest to {@code wanted}. */
    public ImageSize nearest(ImageSize wanted) {
        if (accepts(wanted)) {
            return wanted;
        }
        if (!fixed.isEmpty()) {
            return closest(wanted);
        }
        double ratio = clamp((double) wanted.width() / wanted.height(), 1 / maxRatio, maxRatio);
        double pixels = clamp((double) wanted.pixels(), (double) minPixels, (double) maxPixels);
        double height = Math.sqrt(pixels / ratio);
        ImageSize rounded = new ImageSize(snap(height * ratio), snap(height));
        return accepts(rounded) ? rounded : standard;
    }

    /** The possible size of about the standard area whose shape is closest to {@code ratio}. */
    public ImageSize forRatio(AspectRatio ratio) {
        double height = Math.sqrt(standard.pixels() / ratio.value());
        return nearest(new ImageSize(
                (int) Math.max(1, Math.round(height * ratio.value())), (int) Math.max(1, Math.round(height))));
    }

    /** What sizes there are, for an error message: {@code "512x512 or 1024x1024"}. */
    public String describe() {
        if (!fixed.isEmpty()) {
            return String.join(" or ", fixed.stream().map(ImageSize::toString).toList());
        }
        return "edges that are multiples of " + multipleOf + " from " + minEdge + " to " + maxEdge;
    }

    private ImageSize closest(ImageSize wanted) {
        return fixed.stream()
                .min(Comparator.<ImageSize>comparingDouble(size -> shapeDistance(size, wanted))
                        .thenComparingDouble(size -> Math.abs(Math.log((double) size.pixels() / wanted.pixels()))))
                .orElse(standard);
    }

    private static double shapeDistance(ImageSize a, ImageSize b) {
        return Math.abs(Math.log((double) a.width() / a.height() * b.height() / b.width()));
    }

    private int snap(double edge) {
        long snapped = Math.round(edge / multipleOf) * multipleOf;
        long low = (minEdge + multipleOf - 1L) / multipleOf * multipleOf;
        long high = maxEdge / multipleOf * (long) multipleOf;
        return (int) Math.max(low, Math.min(high, snapped));
    }

    private static double clamp(double value, double low, double high) {
        return Math.max(low, Math.min(high, value));
    }
}
