package dev.triptych.diffusion.pixels;

/**
 * Resizing of pictures in numbers, as {@code torch.nn.functional.interpolate} does it in mode {@code bicubic} with
 * {@code antialias}: Pillow's filter in 32-bit floats, without rounding to bytes and without clipping. Stateless.
 */
public final class PlaneResizing {

    private static final double SUPPORT = 2;

    private PlaneResizing() {}

    /**
     * Planes in another size.
     *
     * @param planes [planes, height, width], row-major
     * @return [planes, newHeight, newWidth]
     */
    public static float[] bicubic(float[] planes, int height, int width, int newHeight, int newWidth) {
        int count = planes.length / (height * width);
        float[] wide = new float[count * height * newWidth];
        float[][] columns = weights(width, newWidth);
        for (int row = 0; row < count * height; row++) {
            for (int x = 0; x < newWidth; x++) {
                wide[row * newWidth + x] = sum(planes, row * width + first(x, width, newWidth), 1, columns[x]);
            }
        }
        float[] resized = new float[count * newHeight * newWidth];
        float[][] rows = weights(height, newHeight);
        for (int plane = 0; plane < count; plane++) {
            for (int y = 0; y < newHeight; y++) {
                int top = plane * height + first(y, height, newHeight);
                for (int x = 0; x < newWidth; x++) {
                    resized[(plane * newHeight + y) * newWidth + x] = sum(wide, top * newWidth + x, newWidth, rows[y]);
                }
            }
        }
        return resized;
    }

    private static float sum(float[] values, int first, int stride, float[] weights) {
        float sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * values[first + i * stride];
        }
        return sum;
    }

    /** The first source value that a target value is made of. */
    private static int first(int target, int from, int to) {
        return (int) Math.max(center(target, from, to) - reach(from, to) + 0.5, 0);
    }

    private static double center(int target, int from, int to) {
        return (target + 0.5) * from / to;
    }

    private static double reach(int from, int to) {
        return SUPPORT * Math.max((double) from / to, 1);
    }

    /** For each target value the weights of the source values from the first one on; they sum to 1. */
    private static float[][] weights(int from, int to) {
        double widening = Math.max((double) from / to, 1);
        float[][] all = new float[to][];
        for (int target = 0; target < to; target++) {
            double center = center(target, from, to);
            int first = first(target, from, to);
            int end = Math.min((int) (center + reach(from, to) + 0.5), from);
            double[] exact = new double[end - first];
            double total = 0;
            for (int i = 0; i < exact.length; i++) {
                exact[i] = Resampling.BICUBIC.weight((i + first - center + 0.5) / widening);
                total += exact[i];
            }
            all[target] = new float[exact.length];
            for (int i = 0; i < exact.length; i++) {
                all[target][i] = (float) (exact[i] / total);
            }
        }
        return all;
    }
}
