package dev.triptych.diffusion.pixels;

/**
 * Resizing of 8-bit pictures by convolution, to the byte as Pillow does it [1]: rows and columns one after the other,
 * with a filter that is widened where the picture shrinks and whose weights are whole numbers of 1/2<sup>22</sup>.
 *
 * <p>[1] Pillow 13.0, {@code src/libImaging/Resample.c}.
 */
enum Resampling {
    /** Windowed sinc over three pixels to each side: {@code sinc(x) · sinc(x / 3)}. */
    LANCZOS(3) {
        @Override
        double weight(double x) {
            return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        }
    },
    /** Keys' cubic convolution with a = −0.5 over two pixels to each side. */
    BICUBIC(2) {
        @Override
        double weight(double x) {
            double a = -0.5;
            double distance = Math.abs(x);
            if (distance < 1) {
                return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
            }
            return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * a : 0;
        }
    };

    private static final int CHANNELS = 3;

    /** A byte times a weight needs 8 bits, and two are left for sums beyond the range. */
    private static final int PRECISION_BITS = 32 - 8 - 2;

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    abstract double weight(double x);

    private static double sinc(double x) {
        return x == 0 ? 1 : StrictMath.sin(x * Math.PI) / (x * Math.PI);
    }

    Pixels resize(Pixels picture, int width, int height) {
        Pixels.checkSides(width, height);
        boolean rowsFirst = rowsFirst(picture.width() - width, picture.height() - height);
        Pixels half = rowsFirst ? resizeRows(picture, width) : resizeColumns(picture, height);
        return rowsFirst ? resizeColumns(half, height) : resizeRows(half, width);
    }

    /** Columns go first where that spares work: where the height shrinks by more than twice what the width does. */
    private static boolean rowsFirst(int lessWidth, int lessHeight) {
        return lessHeight <= 0 || lessHeight <= lessWidth * 2L;
    }

    private Pixels resizeRows(Pixels from, int width) {
        if (width == from.width()) {
            return from;
        }
        byte[] to = new byte[Math.multiplyExact(Math.multiplyExact(width, from.height()), CHANNELS)];
        Taps[] taps = taps(from.width(), width);
        for (int y = 0; y < from.height(); y++) {
            int row = y * from.width() * CHANNELS;
            for (int x = 0; x < width; x++) {
                int first = row + taps[x].first * CHANNELS;
                sum(from.array(), first, CHANNELS, taps[x].weights, to, (y * width + x) * CHANNELS);
            }
        }
        return new Pixels(width, from.height(), to);
    }

    private Pixels resizeColumns(Pixels from, int height) {
        if (height == from.height()) {
            return from;
        }
        int stride = from.width() * CHANNELS;
        byte[] to = new byte[Math.multiplyExact(stride, height)];
        Taps[] taps = taps(from.height(), height);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < stride; x += CHANNELS) {
                sum(from.array(), taps[y].first * stride + x, stride, taps[y].weights, to, y * stride + x);
            }
        }
        return new Pixels(from.width(), height, to);
    }

    /** Writes one pixel: the weighted sum of pixels that begin at {@code at} and lie {@code stride} apart. */
    private static void sum(byte[] from, int at, int stride, int[] weights, byte[] to, int target) {
        int half = 1 << (PRECISION_BITS - 1);
        int red = half;
        int green = half;
        int blue = half;
        int source = at;
        for (int weight : weights) {
            red += (from[source] & 0xff) * weight;
            green += (from[source + 1] & 0xff) * weight;
            blue += (from[source + 2] & 0xff) * weight;
            source += stride;
        }
        to[target] = clip(red);
        to[target + 1] = clip(green);
        to[target + 2] = clip(blue);
    }

    private static byte clip(int sum) {
        return (byte) Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
    }

    /**
     * What one target pixel is made of.
     *
     * @param first the first source pixel
     * @param weights those of this and the following source pixels, in 1/2<sup>22</sup>
     */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this file
    private record Taps(int first, int[] weights) {}

    private Taps[] taps(int from, int to) {
        double scale = (double) from / to;
        double widening = Math.max(scale, 1);
        double reach = support * widening;
        Taps[] taps = new Taps[to];
        for (int target = 0; target < to; target++) {
            double center = (target + 0.5) * scale;
            int first = Math.max((int) (center - reach + 0.5), 0);
            int end = Math.min((int) (center + reach + 0.5), from);
            taps[target] = new Taps(first, weights(first, end, center, 1 / widening));
        }
        return taps;
    }

    private int[] weights(int first, int end, double center, double narrowing) {
        double[] exact = new double[end - first];
        double total = 0;
        for (int i = 0; i < exact.length; i++) {
            exact[i] = weight((i + first - center + 0.5) * narrowing);
            total += exact[i];
        }
        int[] weights = new int[exact.length];
        for (int i = 0; i < exact.length; i++) {
            double share = total == 0 ? exact[i] : exact[i] / total;
            weights[i] = (int) ((share < 0 ? -0.5 : 0.5) + share * (1 << PRECISION_BITS));
        }
        return weights;
    }
}
