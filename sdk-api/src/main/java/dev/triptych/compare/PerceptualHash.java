package dev.triptych.compare;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * Likeness of two pictures' coarse structure: 1 − (differing bits of their perceptual hashes) / 64, so 1 = the same and
 * about 0.5 = unrelated.
 *
 * <p>The DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1:
 * luminance, 32 × 32 pixels, two-dimensional DCT-II, the 8 × 8 coefficients from (1, 1) to (8, 8), one bit each: above
 * their median or not. The zero frequencies are left out, so brightness does not matter.
 */
final class PerceptualHash implements PairScorer {

    private static final int EDGE = 32;
    private static final int KEPT = 8;

    /** cosines[u][x] = √(2/N) · cos((2x + 1) u π / 2N), the orthonormal DCT-II for u ≥ 1. */
    private static final double[][] COSINES = cosines();

    private static final Measure MEASURE = new Measure(
            "phash",
            "pHash likeness",
            "",
            Measure.Better.NEITHER,
            "Share of equal bits of two 64-bit DCT perceptual hashes: 1 = the same structure, about 0.5 = unrelated.");

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public OptionalDouble score(Sample left, Sample right) {
        long differing = hash(Luminance.of(left.pixels())) ^ hash(Luminance.of(right.pixels()));
        return OptionalDouble.of(1 - Long.bitCount(differing) / 64.0);
    }

    /** The 64 bits of {@code picture}; bit 8(v − 1) + (u − 1) belongs to coefficient (u, v). */
    static long hash(Luminance picture) {
        double[] coefficients = coefficients(picture.scaledTo(EDGE, EDGE));
        double[] sorted = coefficients.clone();
        Arrays.sort(sorted);
        double median = (sorted[31] + sorted[32]) / 2;
        long bits = 0;
        for (int i = 0; i < coefficients.length; i++) {
            if (coefficients[i] > median) {
                bits |= 1L << i;
            }
        }
        return bits;
    }

    /** DCT coefficients (u, v) for u, v = 1 … 8, u running fastest. */
    static double[] coefficients(Luminance picture) {
        double[] kept = new double[KEPT * KEPT];
        for (int y = 0; y < EDGE; y++) {
            for (int u = 1; u <= KEPT; u++) {
                double row = 0;
                for (int x = 0; x < EDGE; x++) {
                    row += COSINES[u][x] * picture.at(x, y);
                }
                for (int v = 1; v <= KEPT; v++) {
                    kept[(v - 1) * KEPT + u - 1] += COSINES[v][y] * row;
                }
            }
        }
        return kept;
    }

    private static double[][] cosines() {
        double[][] cosines = new double[KEPT + 1][EDGE];
        for (int u = 0; u <= KEPT; u++) {
            for (int x = 0; x < EDGE; x++) {
                cosines[u][x] = Math.sqrt(2.0 / EDGE) * Math.cos((2 * x + 1) * u * Math.PI / (2 * EDGE));
            }
        }
        return cosines;
    }
}
