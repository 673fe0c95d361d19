package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class LuminanceTest {

    @Test
    void weighsColoursAsBt601Does() {
        assertThat(brightness(Color.RED)).isCloseTo(0.299 * 255, within(1e-9));
        assertThat(brightness(Color.GREEN)).isCloseTo(0.587 * 255, within(1e-9));
        assertThat(brightness(Color.BLUE)).isCloseTo(0.114 * 255, within(1e-9));
        assertThat(brightness(Color.WHITE)).isCloseTo(255, within(1e-9));
    }

    @Test
    void seesTransparencyOnWhite() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);

        assertThat(Luminance.of(image).at(0, 0)).isEqualTo(255);
    }

    @Test
    void scalesByTheMeanOfEachArea() {
        Luminance picture = new Luminance(3, 2, new double[] {0, 30, 60, 90, 120, 150});

        Luminance scaled = picture.scaledTo(2, 1);

        // The left half covers 1.5 columns: (0 + 30 / 2) / 1.5 = 10 above, (90 + 120 / 2) / 1.5 = 100 below.
        assertThat(scaled.values).containsExactly(new double[] {55, 95}, within(1e-9));
    }

    @Test
    void keepsItsMeanInAnySize() {
        Luminance picture = PicturesOfNumbers.of(37, 23, (x, y) -> (x * x + 7 * y) % 256);

        for (int[] size : new int[][] {{32, 32}, {5, 50}, {74, 46}, {1, 1}}) {
            assertThat(mean(picture.scaledTo(size[0], size[1]))).isCloseTo(mean(picture), within(1e-9));
        }
    }

    @Test
    void makesSmallerButNeverLarger() {
        Luminance picture = PicturesOfNumbers.of(40, 20, (x, y) -> x);

        assertThat(picture.atMost(64)).isSameAs(picture);
        assertThat(picture.atMost(10)).hasToString("Luminance[10x5]");
    }

    private static double brightness(Color color) {
        return Luminance.of(TestPictures.plain(1, 1, color)).at(0, 0);
    }

    private static double mean(Luminance picture) {
        double sum = 0;
        for (double value : picture.values) {
            sum += value;
        }
        return sum / picture.values.length;
    }
}
