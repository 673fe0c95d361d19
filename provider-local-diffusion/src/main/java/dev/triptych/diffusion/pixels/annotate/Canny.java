package dev.triptych.diffusion.pixels.annotate;

import dev.triptych.diffusion.pixels.Pixels;

/**
 * White edges on black: Canny, "A Computational Approach to Edge Detection" (1986), to the bit as OpenCV's
 * {@code Canny(img, low, high)} computes it (modules/imgproc/src/canny.cpp) with its defaults: Sobel's operator of 3 by
 * 3, the magnitude |dx| + |dy|, no blur before. Of a coloured picture each pixel's gradient is that of the channel in
 * which it is largest.
 *
 * @param low a pixel above it is an edge where it is connected to a strong one; 0 to {@value #MOST}
 * @param high a pixel above it is a strong edge; 0 to {@value #MOST}; the two are exchanged where low is the larger
 */
public record Canny(double low, double high) implements Annotator {

    /** What diffusers' examples of ControlNet take. */
    static final double LOW = 100;

    /** What diffusers' examples of ControlNet take. */
    static final double HIGH = 200;

    /** No magnitude is larger: 4 · 255 in each direction. */
    static final double MOST = 2040;

    private static final int CHANNELS = 3;
    private static final byte WHITE = (byte) 255;

    /** tan 22.5° in 15 binary places; tan 67.5° is 2 more. */
    private static final int TANGENT = 13573;

    private static final int PLACES = 15;

    /** Puts the thresholds in order. */
    public Canny {
        double smaller = Math.min(low, high);
        high = Math.max(low, high);
        low = smaller;
    }

    @Override
    public Pixels annotate(Pixels picture) {
        Gradients gradients = Gradients.of(picture);
        boolean[] edges = connected(gradients, thinned(gradients), picture.width(), picture.height());
        byte[] rgb = new byte[CHANNELS * edges.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = edges[i / CHANNELS] ? WHITE : 0;
        }
        return Pixels.of(picture.width(), picture.height(), rgb);
    }

    /** Pixels above the low threshold whose magnitude is the largest across the edge. */
    private boolean[] thinned(Gradients gradients) {
        int floor = (int) Math.floor(low);
        boolean[] kept = new boolean[gradients.width() * gradients.height()];
        for (int y = 0; y < gradients.height(); y++) {
            for (int x = 0; x < gradients.width(); x++) {
                kept[y * gradients.width() + x] = gradients.magnitude(x, y) > floor && gradients.isRidge(x, y);
            }
        }
        return kept;
    }

    /** The strong ones among {@code kept}, and those that touch them, directly or over others. */
    private boolean[] connected(Gradients gradients, boolean[] kept, int width, int height) {
        int floor = (int) Math.floor(high);
        boolean[] edges = new boolean[kept.length];
        int[] waiting = new int[kept.length];
        int count = 0;
        for (int i = 0; i < kept.length; i++) {
            if (kept[i] && gradients.magnitude(i % width, i / width) > floor) {
                edges[i] = true;
                waiting[count++] = i;
            }
        }
        while (count > 0) {
            int from = waiting[--count];
            for (int y = Math.max(0, from / width - 1); y <= Math.min(height - 1, from / width + 1); y++) {
                for (int x = Math.max(0, from % width - 1); x <= Math.min(width - 1, from % width + 1); x++) {
                    int at = y * width + x;
                    if (kept[at] && !edges[at]) {
                        edges[at] = true;
                        waiting[count++] = at;
                    }
                }
            }
        }
        return edges;
    }

    @Override
    public String toString() {
        return "canny:" + low + ":" + high;
    }

    /** The change of brightness at each pixel, to the right and downwards, by Sobel's operator. */
    @SuppressWarnings("ArrayRecordComponent") // private, and made of what nobody else holds
    private record Gradients(int width, int height, short[] dx, short[] dy) {

        static Gradients of(Pixels picture) {
            int width = picture.width();
            int height = picture.height();
            byte[] rgb = picture.rgb();
            short[] dx = new short[width * height];
            short[] dy = new short[width * height];
            for (int y = 0; y < height; y++) {
                int above = Math.max(0, y - 1) * width;
                int below = Math.min(height - 1, y + 1) * width;
                for (int x = 0; x < width; x++) {
                    int left = Math.max(0, x - 1);
                    int right = Math.min(width - 1, x + 1);
                    int largest = -1;
                    for (int channel = 0; channel < CHANNELS; channel++) {
                        int topLeft = value(rgb, above + left, channel);
                        int topRight = value(rgb, above + right, channel);
                        int bottomLeft = value(rgb, below + left, channel);
                        int bottomRight = value(rgb, below + right, channel);
                        int across = topRight
                                + 2 * value(rgb, y * width + right, channel)
                                + bottomRight
                                - topLeft
                                - 2 * value(rgb, y * width + left, channel)
                                - bottomLeft;
                        int down = bottomLeft
                                + 2 * value(rgb, below + x, channel)
                                + bottomRight
                                - topLeft
                                - 2 * value(rgb, above + x, channel)
                                - topRight;
                        if (Math.abs(across) + Math.abs(down) > largest) {
                            largest = Math.abs(across) + Math.abs(down);
                            dx[y * width + x] = (short) across;
                            dy[y * width + x] = (short) down;
                        }
                    }
                }
            }
            return new Gradients(width, height, dx, dy);
        }

        private static int value(byte[] rgb, int pixel, int channel) {
            return rgb[pixel * CHANNELS + channel] & 0xff;
        }

        /** |dx| + |dy|; 0 outside the picture. */
        int magnitude(int x, int y) {
            if (x < 0 || y < 0 || x >= width || y >= height) {
                return 0;
            }
            return Math.abs(dx[y * width + x]) + Math.abs(dy[y * width + x]);
        }

        /** Whether no neighbour across the edge has a larger magnitude; of two equal ones the first is kept. */
        boolean isRidge(int x, int y) {
            int own = magnitude(x, y);
            int across = dx[y * width + x];
            int down = dy[y * width + x];
            int steep = Math.abs(down) << PLACES;
            int shallow = Math.abs(across) * TANGENT;
            if (steep < shallow) {
                return own > magnitude(x - 1, y) && own >= magnitude(x + 1, y);
            }
            if (steep > shallow + (Math.abs(across) << (PLACES + 1))) {
                return own > magnitude(x, y - 1) && own >= magnitude(x, y + 1);
            }
            int side = (across ^ down) < 0 ? -1 : 1;
            return own > magnitude(x - side, y - 1) && own > magnitude(x + side, y + 1);
        }
    }
}
