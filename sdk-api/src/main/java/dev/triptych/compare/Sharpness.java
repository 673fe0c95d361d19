package dev.triptych.compare;

import java.util.OptionalDouble;

/**
 * Variance of the Laplacian of the luminance, at least 0: 0 = flat or out of focus, higher = more fine detail (or
 * noise).
 *
 * <p>LAPV of Pech-Pacheco and others, "Diatom autofocusing in brightfield microscopy", ICPR 2000, with the kernel
 * {@code 0 1 0 / 1 −4 1 / 0 1 0} over the picture without its outermost pixels. A picture with a longer edge than 512
 * is brought down to that, so that a larger picture of the same scene is not called blurred.
 */
final class Sharpness implements Scorer {

    private static final int LONGER_EDGE = 512;

    private static final Measure MEASURE = new Measure(
            "sharpness",
            "Sharpness",
            "",
            Measure.Better.NEITHER,
            "Variance of the Laplacian of the luminance at 512 pixels: 0 = flat or blurred, higher = more fine detail.");

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public OptionalDouble score(Sample sample) {
        Luminance picture = Luminance.of(sample.pixels()).atMost(LONGER_EDGE);
        if (picture.width < 3 || picture.height < 3) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(laplacianVariance(picture));
    }

    static double laplacianVariance(Luminance picture) {
        double sum = 0;
        double squares = 0;
        for (int y = 1; y < picture.height - 1; y++) {
            for (int x = 1; x < picture.width - 1; x++) {
                double laplacian = picture.at(x - 1, y)
                        + picture.at(x + 1, y)
                        + picture.at(x, y - 1)
                        + picture.at(x, y + 1)
                        - 4 * picture.at(x, y);
                sum += laplacian;
                squares += laplacian * laplacian;
            }
        }
        double count = (picture.width - 2.0) * (picture.height - 2.0);
        return Math.max(0, squares / count - (sum / count) * (sum / count));
    }
}
