package dev.triptych.diffusion.pixels;

import java.util.function.DoubleUnaryOperator;

/**
 * Enlarging planes of numbers, such as latents, as torch's {@code interpolate} does with {@code align_corners=False}
 * (ATen, {@code native/UpSample.h}): what lies beyond an edge is the edge.
 */
public enum PlaneResampling {
    /** Linear between the nearest values. */
    BILINEAR(1, distance -> Math.max(0, 1 - distance)),
    /** Keys' cubic convolution with a = −0.75. */
    BICUBIC(2, PlaneResampling::cubic),
    /** A copy of the value whose place it is, the centre rounded down. */
    NEAREST(0, distance -> 1);

    private static final double A = -0.75;

    private final int reach;

    @SuppressWarnings("ImmutableEnumChecker") // a function without state
    private final DoubleUnaryOperator weight;

    PlaneResampling(int reach, DoubleUnaryOperator weight) {
        this.reach = reach;
        this.weight = weight;
    }

    private static double cubic(double x) {
        if (x <= 1) {
            return ((A + 2) * x - (A + 3)) * x * x + 1;
        }
        return x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0;
    }

    /**
     * Planes in another size.
     *
     * @param values {@code [channels, height, width]}
     * @return {@code [channels, newHeight, newWidth]}
     */
    public float[] resize(float[] values, int height, int width, int newHeight, int newWidth) {
        int channels = values.length / (height * width);
        float[] wide = rows(values, channels * height, width, newWidth);
        float[] resized = new float[channels * newHeight * newWidth];
        for (int y = 0; y < newHeight; y++) {
            int[] from = sources(y, height, newHeight);
            double[] weights = weights(y, height, newHeight);
            for (int channel = 0; channel < channels; channel++) {
                for (int x = 0; x < newWidth; x++) {
                    double sum = 0;
                    for (int i = 0; i < from.length; i++) {
                        sum += weights[i] * wide[(channel * height + from[i]) * newWidth + x];
                    }
                    resized[(channel * newHeight + y) * newWidth + x] = (float) sum;
                }
            }
        }
        return resized;
    }

    private float[] rows(float[] values, int count, int width, int newWidth) {
        float[] wide = new float[count * newWidth];
        for (int x = 0; x < newWidth; x++) {
            int[] from = sources(x, width, newWidth);
            double[] weights = weights(x, width, newWidth);
            for (int row = 0; row < count; row++) {
                double sum = 0;
                for (int i = 0; i < from.length; i++) {
                    sum += weights[i] * values[row * width + from[i]];
                }
                wide[row * newWidth + x] = (float) sum;
            }
        }
        return wide;
    }

    /** Where a target's centre lies in the source; bilinear begins no earlier than at the first value. */
    private double centre(int target, int from, int to) {
        double centre = (target + 0.5) * from / to - 0.5;
        return this == BILINEAR ? Math.max(0, centre) : centre;
    }

    private int[] sources(int target, int from, int to) {
        if (this == NEAREST) {
            return new int[] {Math.min(from - 1, (int) ((double) target * from / to))};
        }
        int first = (int) Math.floor(centre(target, from, to)) - reach + 1;
        int[] sources = new int[2 * reach];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = Math.min(Math.max(first + i, 0), from - 1);
        }
        return sources;
    }

    private double[] weights(int target, int from, int to) {
        if (this == NEAREST) {
            return new double[] {1};
        }
        double centre = centre(target, from, to);
        int first = (int) Math.floor(centre) - reach + 1;
        double[] weights = new double[2 * reach];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = weight.applyAsDouble(Math.abs(centre - first - i));
        }
        return weights;
    }
}
