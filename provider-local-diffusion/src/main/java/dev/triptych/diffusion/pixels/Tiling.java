package dev.triptych.diffusion.pixels;

import java.util.ArrayList;
import java.util.List;

/**
 * How a plane is cut into tiles of one size that overlap, and how values that were made tile by tile become a plane
 * again: faded into each other over the overlaps, so that no seam shows. Immutable.
 *
 * @param height the plane's height
 * @param width the plane's width
 * @param tileHeight the height of each tile, at most the plane's
 * @param tileWidth the width of each tile, at most the plane's
 * @param overlap how far neighbours lie over each other at least, less than a tile
 */
public record Tiling(int height, int width, int tileHeight, int tileWidth, int overlap) {

    /** What a tile's outermost values know too little of their surroundings for, as a part of the overlap. */
    private static final double MARGIN = 0.25;

    /** What counts where no tile knows enough: too little to be seen, and no division by zero. */
    private static final double LEAST_SHARE = 1e-6;

    /**
     * A tile's place.
     *
     * @param top its first row
     * @param left its first column
     */
    public record Tile(int top, int left) {
        /** The same tile over a plane that is {@code factor} times as large. */
        public Tile times(int factor) {
            return new Tile(top * factor, left * factor);
        }
    }

    /** Tiles of at most {@code tile} along each edge over a plane. */
    public static Tiling of(int height, int width, int tile, int overlap) {
        return new Tiling(height, width, Math.min(tile, height), Math.min(tile, width), overlap);
    }

    /** Checks that tiles overlap by less than their size. */
    public Tiling {
        boolean fits = tileHeight >= 1 && tileWidth >= 1 && tileHeight <= height && tileWidth <= width;
        boolean goesOn = (tileHeight == height || overlap < tileHeight) && (tileWidth == width || overlap < tileWidth);
        if (!fits || !goesOn || overlap < 0) {
            throw new IllegalArgumentException("tiles must fit into " + width + "x" + height
                    + " and overlap by less than their size but were " + tileWidth + "x" + tileHeight + " with "
                    + overlap);
        }
    }

    /** The tiles, row by row. */
    public List<Tile> tiles() {
        List<Tile> tiles = new ArrayList<>();
        for (int top : starts(height, tileHeight)) {
            for (int left : starts(width, tileWidth)) {
                tiles.add(new Tile(top, left));
            }
        }
        return tiles;
    }

    /** As few as overlap enough, spread evenly, the last one at the edge. */
    private List<Integer> starts(int length, int tile) {
        int steps = (int) Math.ceil((length - tile) / (double) Math.max(1, tile - overlap));
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i <= steps; i++) {
            starts.add(steps == 0 ? 0 : (int) Math.round((double) i * (length - tile) / steps));
        }
        return starts;
    }

    /**
     * The values of one tile.
     *
     * @param plane {@code [channels, height, width]}
     * @return {@code [channels, tileHeight, tileWidth]}
     */
    public float[] cut(float[] plane, Tile tile) {
        int channels = plane.length / (height * width);
        float[] values = new float[channels * tileHeight * tileWidth];
        for (int channel = 0; channel < channels; channel++) {
            for (int y = 0; y < tileHeight; y++) {
                System.arraycopy(
                        plane,
                        (channel * height + tile.top() + y) * width + tile.left(),
                        values,
                        (channel * tileHeight + y) * tileWidth,
                        tileWidth);
            }
        }
        return values;
    }

    /** The same tiles over a plane that is {@code factor} times as large. */
    public Tiling times(int factor) {
        return new Tiling(height * factor, width * factor, tileHeight * factor, tileWidth * factor, overlap * factor);
    }

    /** A plane in the making, of {@code channels} channels. */
    public Mosaic mosaic(int channels) {
        return new Mosaic(this, channels);
    }

    /** How much each value of a tile counts: 1 inside, less towards an edge where a neighbour goes on. */
    private float[] shares(int start, int tile, int length) {
        double margin = MARGIN * overlap;
        double ramp = Math.max(1, overlap - 2 * margin);
        float[] shares = new float[tile];
        for (int at = 0; at < tile; at++) {
            double before = start == 0 ? Double.MAX_VALUE : at + 0.5;
            double after = start + tile == length ? Double.MAX_VALUE : tile - at - 0.5;
            double share = Math.min(1, (Math.min(before, after) - margin) / ramp);
            shares[at] = (float) Math.max(share, LEAST_SHARE);
        }
        return shares;
    }

    /** Values that were made tile by tile, faded into each other. Not thread-safe. */
    public static final class Mosaic {

        private final Tiling tiling;
        private final int channels;
        private final float[] sums;
        private final float[] shares;

        private Mosaic(Tiling tiling, int channels) {
            this.tiling = tiling;
            this.channels = channels;
            this.sums = new float[Math.multiplyExact(channels, Math.multiplyExact(tiling.height, tiling.width))];
            this.shares = new float[tiling.height * tiling.width];
        }

        /** Lays a tile's values, {@code [channels, tileHeight, tileWidth]}, over the plane. */
        public void add(Tile tile, float[] values) {
            float[] rows = tiling.shares(tile.top(), tiling.tileHeight, tiling.height);
            float[] columns = tiling.shares(tile.left(), tiling.tileWidth, tiling.width);
            for (int y = 0; y < tiling.tileHeight; y++) {
                for (int x = 0; x < tiling.tileWidth; x++) {
                    float share = rows[y] * columns[x];
                    int at = (tile.top() + y) * tiling.width + tile.left() + x;
                    shares[at] += share;
                    for (int channel = 0; channel < channels; channel++) {
                        sums[channel * shares.length + at] +=
                                share * values[(channel * tiling.tileHeight + y) * tiling.tileWidth + x];
                    }
                }
            }
        }

        /** The plane, {@code [channels, height, width]}; all tiles have been laid. */
        public float[] finish() {
            for (int i = 0; i < sums.length; i++) {
                sums[i] /= shares[i % shares.length];
            }
            return sums;
        }
    }
}
