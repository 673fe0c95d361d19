package dev.triptych;

import java.util.ArrayList;
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

    /**
     * The possible size that is nearest to {@code wanted}: each edge at its nearest multiple where that can be made,
     * else the one whose shape, and then whose area, is closest.
     */
    public ImageSize nearest(ImageSize wanted) {
        if (accepts(wanted)) {
            return wanted;
        }
        if (fixed.isEmpty()) {
            ImageSize snapped = new ImageSize(snap(wanted.width(), 0), snap(wanted.height(), 0));
            boolean close = Math.abs(snapped.width() - wanted.width()) <= multipleOf
                    && Math.abs(snapped.height() - wanted.height()) <= multipleOf;
            if (close && accepts(snapped)) {
                return snapped;
            }
        }
        return ofShape(wanted);
    }

    /** The possible size whose shape, and then whose area, is closest to {@code wanted}. */
    private ImageSize ofShape(ImageSize wanted) {
        return closest(fixed.isEmpty() ? around(inBounds(wanted)) : fixed, wanted);
    }

    /** An exact size in real numbers, before it is snapped to the grid. */
    private record RealSize(double width, double height) {}

    /** The shape of {@code wanted} as far as the edges allow it, scaled until edges and area are within bounds. */
    private RealSize inBounds(ImageSize wanted) {
        double widest = Math.min(maxRatio, (double) highEdge() / lowEdge());
        double ratio = clamp((double) wanted.width() / wanted.height(), 1 / widest, widest);
        double elongation = Math.max(ratio, 1 / ratio);
        double least = Math.max((double) minPixels, Math.pow((double) lowEdge(), 2) * elongation);
        double most = Math.min((double) maxPixels, Math.pow((double) highEdge(), 2) / elongation);
        double height = Math.sqrt(clamp((double) wanted.pixels(), least, most) / ratio);
        return new RealSize(height * ratio, height);
    }

    /** The possible sizes on the grid near {@code exact}. */
    private List<ImageSize> around(RealSize exact) {
        List<ImageSize> sizes = new ArrayList<>();
        for (int i = -2; i <= 2; i++) {
            for (int j = -2; j <= 2; j++) {
                ImageSize size = new ImageSize(snap(exact.width, i), snap(exact.height, j));
                if (accepts(size)) {
                    sizes.add(size);
                }
            }
        }
        return sizes;
    }

    /** The possible size of about the standard area whose shape is closest to {@code ratio}. */
    public ImageSize forRatio(AspectRatio ratio) {
        double height = Math.sqrt(standard.pixels() / ratio.value());
        return ofShape(new ImageSize(
                (int) Math.max(1, Math.round(height * ratio.value())), (int) Math.max(1, Math.round(height))));
    }

    /** What sizes there are, for an error message: {@code "512x512 or 1024x1024"}. */
    public String describe() {
        if (!fixed.isEmpty()) {
            return String.join(" or ", fixed.stream().map(ImageSize::toString).toList());
        }
        StringBuilder text =
                new StringBuilder("edges that are multiples of " + multipleOf + " from " + minEdge + " to " + maxEdge);
        if (minPixels > (long) minEdge * minEdge || maxPixels < (long) maxEdge * maxEdge) {
            text.append(", ").append(minPixels).append(" to ").append(maxPixels).append(" pixels");
        }
        if (maxRatio < Double.MAX_VALUE) {
            text.append(", at most ")
                    .append(
                            maxRatio == Math.rint(maxRatio)
                                    ? Long.toString((long) maxRatio)
                                    : Double.toString(maxRatio))
                    .append(":1");
        }
        return text.toString();
    }

    private ImageSize closest(List<ImageSize> sizes, ImageSize wanted) {
        return sizes.stream()
                .min(Comparator.<ImageSize>comparingDouble(size -> shapeDistance(size, wanted))
                        .thenComparingDouble(size -> Math.abs(Math.log((double) size.pixels() / wanted.pixels()))))
                .orElse(standard);
    }

    private static double shapeDistance(ImageSize a, ImageSize b) {
        return Math.abs(Math.log((double) a.width() / a.height() * b.height() / b.width()));
    }

    /** The multiple nearest to {@code edge}, and {@code more} multiples on, within the edges' bounds. */
    private int snap(double edge, int more) {
        long snapped = (Math.round(edge / multipleOf) + more) * multipleOf;
        return (int) Math.max(lowEdge(), Math.min(highEdge(), snapped));
    }

    private long lowEdge() {
        return (minEdge + multipleOf - 1L) / multipleOf * multipleOf;
    }

    private long highEdge() {
        return (long) maxEdge / multipleOf * multipleOf;
    }

    private static double clamp(double value, double low, double high) {
        return Math.max(low, Math.min(high, value));
    }
}
