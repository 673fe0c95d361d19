package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PerceptualHashTest {

    private static final Luminance PICTURE = PicturesOfNumbers.of(32, 32, (x, y) -> (x * 13 + y * 29 + x * y) % 256);

    @Test
    void givesTheReferenceHash() {
        // scipy 1.17.1: d = dctn(p, type=2, norm='ortho')[1:9, 1:9]; bit 8v + u of d[v, u] > median(d);
        // p[y, x] = (13 x + 29 y + x y) mod 256.
        double[] coefficients = PerceptualHash.coefficients(PICTURE);

        assertThat(coefficients[0]).isCloseTo(2.012657087473512, within(1e-9));
        assertThat(coefficients[7 * 8 + 3]).isCloseTo(173.45317034476756, within(1e-9));
        assertThat(PerceptualHash.hash(PICTURE)).isEqualTo(0xf8c0d0d8c8f89bd9L);
    }

    @Test
    void seesOneWaveAsOneCoefficient() {
        Luminance wave = new Luminance(32, 32, new double[32 * 32]);
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                wave.values[y * 32 + x] =
                        128 + 100 * Math.cos((2 * x + 1) * 3 * Math.PI / 64) * Math.cos((2 * y + 1) * 5 * Math.PI / 64);
            }
        }

        double[] coefficients = PerceptualHash.coefficients(wave);

        // The orthonormal basis function has amplitude 2 / 32, so 100 is 1600 of it.
        for (int i = 0; i < 64; i++) {
            assertThat(coefficients[i]).isCloseTo(i == (5 - 1) * 8 + (3 - 1) ? 1600 : 0, within(1e-9));
        }
    }

    @Test
    void doesNotMindBrightnessContrastAndSize() {
        long hash = PerceptualHash.hash(PICTURE);

        Luminance dimmed = new Luminance(32, 32, PICTURE.values.clone());
        for (int i = 0; i < dimmed.values.length; i++) {
            dimmed.values[i] = 40 + PICTURE.values[i] / 2;
        }

        assertThat(PerceptualHash.hash(dimmed)).isEqualTo(hash);
        assertThat(PerceptualHash.hash(PICTURE.scaledTo(96, 64))).isEqualTo(hash);
    }

    @Test
    void turnsEveryBitOfANegative() {
        Luminance negative = new Luminance(32, 32, PICTURE.values.clone());
        for (int i = 0; i < negative.values.length; i++) {
            negative.values[i] = 255 - PICTURE.values[i];
        }

        assertThat(PerceptualHash.hash(negative)).isEqualTo(~PerceptualHash.hash(PICTURE));
    }
}
