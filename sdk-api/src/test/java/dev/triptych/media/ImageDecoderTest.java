package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {

    static byte[] picture(String name) {
        try (InputStream file = ImageDecoderTest.class.getResourceAsStream("/pictures/" + name)) {
            return Objects.requireNonNull(file, name).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    @Test
    void decodesWhatItEncoded() {
        BufferedImage image = TestPictures.plain(3, 2, Color.CYAN);

        BufferedImage decoded = ImageDecoder.decode(ImageDecoder.encodePng(image));

        assertThat(decoded.getWidth()).isEqualTo(3);
        assertThat(decoded.getRGB(2, 1)).isEqualTo(Color.CYAN.getRGB());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "p3.jpg",
                "adobe.jpg",
                "exif6.jpg",
                "exif3-long.jpg",
                "exif6.png",
                "exif6-late.png",
                "exif6.webp",
                "xmp8.jpg",
                "xmp8.png",
                "xmp8.webp",
                "cmyk.jpg",
                "cmyk-adobe.jpg",
                "ycck.jpg",
                "rgb-adobe.jpg",
                "ycc-420.jpg",
                "ycc-422.jpg",
                "grey4-gamma.png",
                "offset.gif",
                "lossless.webp"
            })
    void decodesToTheByteWhatPillowDoes(String name) {
        assertThat(worstDifference(picture(name), picture(name + ".rgb.png"))).isZero();
    }

    /** The picture has hard edges of colour, at which TwelveMonkeys' plug-in does not interpolate. */
    @Test
    void decodesLossyWebpAlmostAsPillowDoes() {
        assertThat(worstDifference(picture("lossy.webp"), picture("lossy.webp.rgb.png")))
                .isLessThanOrEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"p3", "adobe"})
    void takesNoNoticeOfAColourProfile(String name) {
        assertThat(worstDifference(picture(name + ".jpg"), picture(name + ".png")))
                .as("the error of JPEG itself")
                .isLessThanOrEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"grey-trns.png", "rgb-trns.png", "palette-trns.png"})
    void keepsTransparencyAsPillowDoes(String name) {
        BufferedImage decoded = ImageDecoder.decode(picture(name));
        BufferedImage expected = ImageDecoder.decode(picture(name + ".rgba.png"));

        assertThat(decoded.getType()).isEqualTo(BufferedImage.TYPE_INT_ARGB);
        assertThat(argb(decoded)).isEqualTo(argb(expected));
    }

    @ParameterizedTest
    @CsvSource({"mask_L.png, 100, 200", "mask_L16.png, 100, 200", "mask_P.png, 100, 200", "mask.jpg, 100, 200"})
    void takesGreyAsItIsStored(String name, int left, int right) {
        BufferedImage decoded = ImageDecoder.decode(picture(name));

        assertThat(new Color(decoded.getRGB(10, 10))).isEqualTo(new Color(left, left, left));
        assertThat(new Color(decoded.getRGB(120, 90))).isEqualTo(new Color(right, right, right));
    }

    private static int worstDifference(byte[] one, byte[] other) {
        BufferedImage a = ImageDecoder.decode(one);
        BufferedImage b = ImageDecoder.decode(other);
        assertThat(a.getWidth() + "x" + a.getHeight()).isEqualTo(b.getWidth() + "x" + b.getHeight());
        int[] left = argb(a);
        int[] right = argb(b);
        int worst = 0;
        for (int i = 0; i < left.length; i++) {
            for (int shift = 0; shift <= 16; shift += 8) {
                worst = Math.max(worst, Math.abs((left[i] >> shift & 0xff) - (right[i] >> shift & 0xff)));
            }
        }
        return worst;
    }

    private static int[] argb(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void refusesByTheHeaderWhatWouldTakeTooMuchMemory() {
        byte[] bomb = TestPictures.png(2, 2, Color.RED);
        ByteBuffer.wrap(bomb).putInt(16, 30_000).putInt(20, 30_000);

        assertThatThrownBy(() -> ImageDecoder.decode(bomb, ImageDecoder.DEFAULT_MAX_BYTES))
                .isInstanceOf(UnreadablePictureException.class)
                .hasMessage("picture must take at most 512 MiB to decode but its header says 30000x30000, which takes"
                        + " 6867 MiB; scale it down");
        assertThatThrownBy(() -> ImageDecoder.decode(bomb)).isInstanceOf(UnreadablePictureException.class);
    }

    @Test
    void countsTheBytesAndNotThePixels() {
        byte[] png = TestPictures.png(512, 256, Color.RED);
        byte[] deep = picture("mask_L16.png"); // 128x96, a sample of 2 bytes

        assertThat(ImageDecoder.decode(png, 1 << 20).getWidth()).isEqualTo(512);
        assertThatThrownBy(() -> ImageDecoder.decode(png, (1 << 20) - 1))
                .isInstanceOf(UnreadablePictureException.class);
        assertThat(ImageDecoder.decode(deep, 128 * 96 * 6).getWidth()).isEqualTo(128);
        assertThatThrownBy(() -> ImageDecoder.decode(deep, 128 * 96 * 6 - 1))
                .isInstanceOf(UnreadablePictureException.class);
    }

    @Test
    void saysThatTheDataAreDamaged() {
        byte[] png = TestPictures.png(64, 64, Color.RED);

        assertThatThrownBy(() -> ImageDecoder.decode(Arrays.copyOf(png, 40)))
                .isInstanceOf(IllegalArgumentException.class)
                .isNotInstanceOf(UnreadablePictureException.class)
                .hasMessageStartingWith("picture must be whole but its data are damaged: image/png 64x64: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossless.webp", "exif6.webp", "exif6.png", "exif6.jpg", "offset.gif"})
    void refusesATruncatedPicture(String name) {
        byte[] whole = picture(name);
        int half = whole.length / 2;

        assertThatThrownBy(() -> ImageDecoder.decode(Arrays.copyOf(whole, half)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("picture must be whole but its data are damaged: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exif6.png", "xmp8.png", "ycck.jpg", "exif6.jpg", "offset.gif", "exif6.webp", "mask_P.png"})
    void answersDamageWithAPictureOrOneKindOfError(String name) {
        byte[] whole = picture(name);
        Random random = new Random(11);
        for (int i = 0; i < 100; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            try {
                assertThat(ImageDecoder.decode(damaged).getWidth()).isPositive();
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageMatching("(picture|WebP) .*");
            }
        }
    }

    @Test
    void leavesTheSettingsOfTheHostAlone() {
        boolean before = ImageIO.getUseCache();
        try {
            ImageIO.setUseCache(true);
            ImageDecoder.decode(ImageDecoder.encodePng(TestPictures.plain(3, 2, Color.CYAN)));

            assertThat(ImageIO.getUseCache()).isTrue();
        } finally {
            ImageIO.setUseCache(before);
        }
    }
}
