package dev.triptych.diffusion.random;

/**
 * A stream whose first noise lies on the way to another stream's, so that pictures vary a little: AUTOMATIC1111's
 * variation seed. What is drawn later is the first stream's. Not thread-safe.
 *
 * <p>Reference: AUTOMATIC1111/stable-diffusion-webui, modules/rng.py, {@code slerp} and {@code ImageRNG.first}. Vectors
 * run down the height, one for each channel and column. Where the two are nearly the same, the web UI's weights are the
 * other way round; that is kept.
 */
public final class VariedNormal implements NormalSource {

    private static final double NEARLY_THE_SAME = 0.9995;

    private final NormalSource own;
    private final NormalSource other;
    private final double strength;

    /**
     * @param own the stream
     * @param other what its first noise is varied towards
     * @param strength how far, 0 to 1
     */
    public VariedNormal(NormalSource own, NormalSource other, double strength) {
        this.own = own;
        this.other = other;
        this.strength = strength;
    }

    @Override
    public float[] next(int count) {
        return own.next(count);
    }

    @Override
    public float[] first(int channels, int height, int width) {
        float[] low = own.first(channels, height, width);
        float[] high = other.first(channels, height, width);
        double[] cosines = cosines(low, high, channels, height, width);
        double mean = 0;
        for (double cosine : cosines) {
            mean += cosine / cosines.length;
        }
        float[] between = new float[low.length];
        for (int i = 0; i < between.length; i++) {
            double angle = Math.acos(cosines[column(i, height, width)]);
            between[i] = mean > NEARLY_THE_SAME
                    ? (float) (low[i] * strength + high[i] * (1 - strength))
                    : (float) ((Math.sin((1 - strength) * angle) * low[i] + Math.sin(strength * angle) * high[i])
                            / Math.sin(angle));
        }
        return between;
    }

    private static double[] cosines(float[] a, float[] b, int channels, int height, int width) {
        double[] products = new double[channels * width];
        double[] squaresOfA = new double[channels * width];
        double[] squaresOfB = new double[channels * width];
        for (int i = 0; i < a.length; i++) {
            int column = column(i, height, width);
            products[column] += (double) a[i] * b[i];
            squaresOfA[column] += (double) a[i] * a[i];
            squaresOfB[column] += (double) b[i] * b[i];
        }
        for (int i = 0; i < products.length; i++) {
            products[i] /= Math.sqrt(squaresOfA[i] * squaresOfB[i]);
        }
        return products;
    }

    private static int column(int index, int height, int width) {
        return index / (height * width) * width + index % width;
    }
}
