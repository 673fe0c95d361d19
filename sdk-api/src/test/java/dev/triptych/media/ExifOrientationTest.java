package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExifOrientationTest {

    @ParameterizedTest
    @CsvSource({
        "exif6.jpg, 6",
        "exif6.png, 6",
        "exif6-late.png, 6",
        "exif6.webp, 6",
        "exif3-long.jpg, 3",
        "xmp8.jpg, 8",
        "xmp8.png, 8",
        "xmp8.webp, 8",
        "p3.jpg, 1",
        "mask_L.png, 1",
        "lossy.webp, 1",
        "offset.gif, 1"
    })
    void isReadFromEveryKindOfFile(String name, int value) {
        assertThat(ExifOrientation.of(ImageDecoderTest.picture(name))).isEqualTo(new ExifOrientation(value));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 123456, 3",
        "2, 321654, 3",
        "3, 654321, 3",
        "4, 456123, 3",
        "5, 142536, 2",
        "6, 415263, 2",
        "7, 635241, 2",
        "8, 362514, 2"
    })
    void turnsAPicture(int value, String expected, int width) {
        BufferedImage stored = ArgbImage.create(3, 2, false);
        stored.setRGB(0, 0, 3, 2, new int[] {1, 2, 3, 4, 5, 6}, 0, 3);

        BufferedImage upright = new ExifOrientation(value).applyTo(stored);

        assertThat(upright.getWidth()).isEqualTo(width);
        StringBuilder pixels = new StringBuilder();
        Arrays.stream(ArgbImage.pixels(upright)).forEach(pixels::append);
        assertThat(pixels).hasToString(expected);
    }

    @Test
    void knowsTheSizeThatIsSeen() {
        ImageHeader stored = new ImageHeader("image/jpeg", 4000, 3000);

        assertThat(new ExifOrientation(6).applyTo(stored)).isEqualTo(new ImageHeader("image/jpeg", 3000, 4000));
        assertThat(new ExifOrientation(3).applyTo(stored)).isEqualTo(stored);
    }

    @Test
    void takesNonsenseForUpright() {
        byte[] jpeg = ImageDecoderTest.picture("exif6.jpg");
        for (int length = 0; length < jpeg.length; length++) {
            assertThat(ExifOrientation.of(Arrays.copyOf(jpeg, length)).value()).isIn(1, 6);
        }
        assertThat(ExifOrientation.of(new byte[] {1, 2, 3})).isEqualTo(ExifOrientation.UPRIGHT);
    }

    @Test
    void isOneOfEight() {
        assertThatThrownBy(() -> new ExifOrientation(9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("orientation must be 1 to 8 but was 9");
    }
}
