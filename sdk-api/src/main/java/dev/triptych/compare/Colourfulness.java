package dev.triptych.compare;

import java.awt.image.BufferedImage;
import java.util.OptionalDouble;

/**
 * How colourful a picture looks, at least 0: 0 = grey, about 33 = moderately, 109 and more = extremely colourful.
 *
 * <p>M̂(3) of Hasler and Süsstrunk, "Measuring colourfulness in natural images", SPIE 5007, 2003: with rg = R − G and
 * yb = (R + G) / 2 − B over all pixels, {@code M = √(σrg² + σyb²) + 0.3 √(μrg² + μyb²)}.
 */
final class Colourfulness implements Scorer {

    private static final Measure MEASURE = new Measure(
            "colourfulness",
            "Colourfulness",
            "",
            Measure.Better.NEITHER,
            "Hasler and Süsstrunk 2003: 0 = grey, about 33 = moderately, 109 and more = extremely colourful.");

    @Override
    public Measure measure() {
        return MEASURE;
    }

    @Override
    public OptionalDouble score(Sample sample) {
        return OptionalDouble.of(of(sample.pixels()));
    }

    static double of(BufferedImage image) {
        Moments redGreen = new Moments();
        Moments yellowBlue = new Moments();
        int[] line = new int[image.getWidth()];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, line.length, 1, line, 0, line.length);
            for (int argb : line) {
                int red = argb >> 16 & 0xff;
                int green = argb >> 8 & 0xff;
                int blue = argb & 0xff;
                redGreen.add(red - green);
                yellowBlue.add((red + green) / 2.0 - blue);
            }
        }
        return Math.sqrt(redGreen.variance() + yellowBlue.variance())
                + 0.3 * Math.hypot(redGreen.mean(), yellowBlue.mean());
    }

    /** Running sums of one value. */
    private static final class Moments {
        private long count;
        private double sum;
        private double squares;

        void add(double value) {
            count++;
            sum += value;
            squares += value * value;
        }

        double mean() {
            return sum / count;
        }

        double variance() {
            return Math.max(0, squares / count - mean() * mean());
        }
    }
}
