package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class ColourfulnessTest {

    @Test
    void isZeroForGrey() {
        assertThat(Colourfulness.of(TestPictures.plain(4, 4, Color.GRAY))).isZero();
    }

    @Test
    void followsTheDefinition() {
        // Plain red: rg = 255, yb = 127.5, no deviation.
        assertThat(Colourfulness.of(TestPictures.plain(4, 4, Color.RED)))
                .isCloseTo(0.3 * Math.hypot(255, 127.5), within(1e-9));

        // Half yellow, half blue: yb = 255 and −255, rg = 0; the mean is 0 and the deviation 255.
        BufferedImage image = TestPictures.plain(4, 4, Color.YELLOW);
        for (int y = 0; y < 4; y++) {
            image.setRGB(0, y, Color.BLUE.getRGB());
            image.setRGB(1, y, Color.BLUE.getRGB());
        }
        assertThat(Colourfulness.of(image)).isCloseTo(255, within(1e-9));
    }
}
