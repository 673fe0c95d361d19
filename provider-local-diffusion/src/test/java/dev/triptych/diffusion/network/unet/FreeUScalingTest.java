package dev.triptych.diffusion.network.unet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FreeUScalingTest {

    /** The filter by its definition: transform, scale the bins around 0 after the shift, transform back, real part. */
    @ParameterizedTest(name = "{0} x {1}")
    @CsvSource({"4, 6", "5, 3", "2, 2", "1, 4", "8, 8"})
    void aFewWavesAreTheFourierFilter(int height, int width) {
        Random random = new Random(3);
        double[] x = random.doubles((long) height * width, -2, 2).toArray();
        double scale = 0.3;
        double[] expected = filtered(x, height, width, scale);

        float[] waves = FreeUScaling.waves(height, width);
        int count = waves.length / x.length;
        for (int pixel = 0; pixel < x.length; pixel++) {
            double y = x[pixel];
            for (int wave = 0; wave < count; wave++) {
                double part = 0;
                for (int other = 0; other < x.length; other++) {
                    part += x[other] * waves[other * count + wave];
                }
                y += (scale - 1) / x.length * part * waves[pixel * count + wave];
            }
            assertThat(y).isCloseTo(expected[pixel], Offset.offset(1e-5));
        }
    }

    private static double[] filtered(double[] x, int height, int width, double scale) {
        double[] real = new double[x.length];
        for (int u = 0; u < height; u++) {
            for (int v = 0; v < width; v++) {
                int row = (u + height / 2) % height; // where the shift puts this bin
                int column = (v + width / 2) % width;
                boolean low = isAround(row, height) && isAround(column, width);
                double re = 0;
                double im = 0;
                for (int i = 0; i < x.length; i++) {
                    double angle = angle(u, v, i, height, width);
                    re += x[i] * Math.cos(angle);
                    im -= x[i] * Math.sin(angle);
                }
                for (int i = 0; i < x.length; i++) {
                    double angle = angle(u, v, i, height, width);
                    double kept = (re * Math.cos(angle) - im * Math.sin(angle)) / x.length;
                    real[i] += low ? scale * kept : kept;
                }
            }
        }
        return real;
    }

    /** {@code middle - 1 : middle + 1} of Python, where a negative start counts from the end. */
    private static boolean isAround(int index, int length) {
        int middle = length / 2;
        return length == 1 || (index >= middle - 1 && index < middle + 1);
    }

    private static double angle(int u, int v, int pixel, int height, int width) {
        int row = pixel / width;
        int column = pixel % width;
        return 2 * Math.PI * ((double) u * row / height + (double) v * column / width);
    }
}
