package dev.triptych.compare;

import java.util.OptionalDouble;

/**
 * SSIM of two pictures' luminance, in [−1, 1]: 1 = equal, about 0 = no common structure.
 *
 * <p>Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE
 * Transactions on Image Processing 13(4), 2004, equation 13 with its constants, averaged over all windows that lie
 * within the picture (equation 17):
 *
 * <pre>
 * SSIM(x, y) = (2 μx μy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2))
 * C1 = (K1 L)², C2 = (K2 L)², K1 = 0.01, K2 = 0.03, L = 255; Gaussian window 11 × 11, σ = 1.5
 * </pre>
 *
 * <p>As the authors advise for viewing at a usual distance, pictures are first brought to a shorter edge of about 256.
 * Two of different size meet at the smaller one; of different shape, they cannot be compared.
 */
final class StructuralSimilarity implements PairScorer {

    private static final double C1 = Math.pow(0.01 * 255, 2);
    private static final double C2 = Math.pow(0.03 * 255, 2);
    private static final int WINDOW = 11;
    private static final double[] GAUSSIAN = gaussian(1.5);
    private static final int SHORTER_EDGE = 256;
    private static final double SHAPE_TOLERANCE = 0.02;

    private static final Measure MEASURE = new Measure(
            "ssim",
            "SSIM",
            "",
            Measure.Better.NEITHER,
            "Structural similarity of two pictures' luminance (Wang 2004): 1 = equal, about 0 = nothing in common.");

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public OptionalDouble score(Sample left, Sample right) {
        Luminance x = Luminance.of(left.pixels());
        Luminance y = Luminance.of(right.pixels());
        double shapes = (double) x.width / x.height * y.height / y.width;
        if (Math.abs(shapes - 1) > SHAPE_TOLERANCE) {
            return OptionalDouble.empty();
        }
        Luminance smaller = x.width <= y.width ? x : y;
        int factor = Math.max(1, (int) Math.round(Math.min(smaller.width, smaller.height) / (double) SHORTER_EDGE));
        int width = smaller.width / factor;
        int height = smaller.height / factor;
        if (Math.min(width, height) < WINDOW) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(mean(x.scaledTo(width, height), y.scaledTo(width, height)));
    }

    /** Mean SSIM of two pictures of one size, at least 11 × 11. */
    static double mean(Luminance x, Luminance y) {
        double[] meanX = blur(x, x.values);
        double[] meanY = blur(y, y.values);
        double[] meanXx = blur(x, product(x, x));
        double[] meanYy = blur(y, product(y, y));
        double[] meanXy = blur(x, product(x, y));
        double sum = 0;
        for (int i = 0; i < meanX.length; i++) {
            double varianceX = meanXx[i] - meanX[i] * meanX[i];
            double varianceY = meanYy[i] - meanY[i] * meanY[i];
            double covariance = meanXy[i] - meanX[i] * meanY[i];
            sum += (2 * meanX[i] * meanY[i] + C1)
                    * (2 * covariance + C2)
                    / ((meanX[i] * meanX[i] + meanY[i] * meanY[i] + C1) * (varianceX + varianceY + C2));
        }
        return sum / meanX.length;
    }

    /** {@code values} under the Gaussian window, for each window that lies within the picture. */
    private static double[] blur(Luminance shape, double[] values) {
        int width = shape.width - WINDOW + 1;
        int height = shape.height - WINDOW + 1;
        double[] rows = new double[width * shape.height];
        for (int y = 0; y < shape.height; y++) {
            for (int x = 0; x < width; x++) {
                double sum = 0;
                for (int k = 0; k < WINDOW; k++) {
                    sum += GAUSSIAN[k] * values[y * shape.width + x + k];
                }
                rows[y * width + x] = sum;
            }
        }
        double[] blurred = new double[width * height];
        for (int y = 0; y < height; y++) {
            for (int k = 0; k < WINDOW; k++) {
                for (int x = 0; x < width; x++) {
                    blurred[y * width + x] += GAUSSIAN[k] * rows[(y + k) * width + x];
                }
            }
        }
        return blurred;
    }

    private static double[] product(Luminance x, Luminance y) {
        double[] product = new double[x.values.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = x.values[i] * y.values[i];
        }
        return product;
    }

    private static double[] gaussian(double sigma) {
        double[] weights = new double[WINDOW];
        double sum = 0;
        for (int k = 0; k < WINDOW; k++) {
            double distance = k - WINDOW / 2;
            weights[k] = Math.exp(-distance * distance / (2 * sigma * sigma));
            sum += weights[k];
        }
        for (int k = 0; k < WINDOW; k++) {
            weights[k] /= sum;
        }
        return weights;
    }
}
