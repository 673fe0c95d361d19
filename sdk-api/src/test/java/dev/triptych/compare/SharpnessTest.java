package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import org.junit.jupiter.api.Test;

class SharpnessTest {

    @Test
    void isZeroForFlatPicturesAndRamps() {
        assertThat(Sharpness.laplacianVariance(PicturesOfNumbers.of(9, 9, (x, y) -> 77)))
                .isZero();
        assertThat(Sharpness.laplacianVariance(PicturesOfNumbers.of(9, 9, (x, y) -> 3 * x + 5 * y)))
                .isZero();
    }

    @Test
    void isGreatestForACheckerboard() {
        Luminance board = PicturesOfNumbers.of(10, 10, (x, y) -> (x + y) % 2 * 255);

        // Each inner pixel differs by 255 from its four neighbours: the Laplacian is ±1020, each sign as often.
        assertThat(Sharpness.laplacianVariance(board)).isEqualTo(1020.0 * 1020.0);
    }

    @Test
    void followsTheDefinitionForOneDot() {
        Luminance dot = PicturesOfNumbers.of(5, 5, (x, y) -> x == 2 && y == 2 ? 9 : 0);

        // 3 × 3 inner pixels: −36 in the middle, 9 beside it four times, 0 four times; the mean is 0.
        assertThat(Sharpness.laplacianVariance(dot)).isCloseTo((36.0 * 36 + 4 * 81) / 9, within(1e-9));
    }

    @Test
    void cannotBeKnownOfTwoPixels() {
        assertThat(new Sharpness().score(Samples.plain(2, 2, Color.RED))).isEmpty();
    }
}
