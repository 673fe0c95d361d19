package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageMaskTest {

    @ParameterizedTest
    @ValueSource(strings = {"mask_L.png", "mask_L16.png", "mask.jpg", "mask_RGBA.png", "mask_P.png"})
    void keepsGrey100AndRepaintsGrey200HoweverTheyAreStored(String name) {
        ImageMask mask = ImageMask.decode(ImageDecoderTest.picture(name));

        assertThat(mask.width()).isEqualTo(128);
        assertThat(mask.height()).isEqualTo(96);
        for (int y = 0; y < 96; y++) {
            for (int x = 0; x < 128; x++) {
                assertThat(mask.repaints(x, y)).as(x + ", " + y).isEqualTo(x >= 64);
            }
        }
        assertThat(mask.grey()[0]).isEqualTo((byte) 100);
        assertThat(mask.grey()[127]).isEqualTo((byte) 200);
        assertThat(mask).hasToString("ImageMask[128x96]");
    }

    @Test
    void hasItsThresholdAtOneHalf() {
        ImageMask mask = ImageMask.of(argb(0xff7f7f7f, 0xff808080));

        assertThat(mask.repaints(0, 0)).isFalse();
        assertThat(mask.repaints(1, 0)).isTrue();
    }

    @Test
    void goesByTransparencyWhereThereIsAny() {
        ImageMask mask = ImageMask.of(argb(0x00ffffff, 0x7fffffff, 0x80000000, 0xff000000));

        assertThat(mask.repaints(0, 0)).as("transparent").isFalse();
        assertThat(mask.repaints(1, 0)).isFalse();
        assertThat(mask.repaints(2, 0)).isTrue();
        assertThat(mask.repaints(3, 0)).as("opaque").isTrue();
    }

    @Test
    void goesByBrightnessWhereAllIsOpaque() {
        ImageMask mask = ImageMask.of(argb(0xff000000, 0xffff0000, 0xff00ff00));

        assertThat(mask.grey()).containsExactly(0, 76, (byte) 150);
    }

    @Test
    void isDrawnInEitherPolarity() {
        ImageMask mask = ImageMask.of(argb(0xff202020, 0xfff0f0f0));

        assertThat(mask.toWhite().getRGB(0, 0)).isEqualTo(0xff000000);
        assertThat(mask.toWhite().getRGB(1, 0)).isEqualTo(0xffffffff);
        assertThat(mask.toTransparency().getRGB(0, 0)).isEqualTo(0xff000000);
        assertThat(mask.toTransparency().getRGB(1, 0)).isEqualTo(0x00000000);
    }

    @Test
    void saysWhichPixelThereIsNot() {
        ImageMask mask = ImageMask.of(argb(0, 0));

        assertThatThrownBy(() -> mask.repaints(2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> mask.repaints(0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static BufferedImage argb(int... pixels) {
        BufferedImage image = ArgbImage.create(pixels.length, 1, true);
        image.setRGB(0, 0, pixels.length, 1, pixels, 0, pixels.length);
        return image;
    }
}
