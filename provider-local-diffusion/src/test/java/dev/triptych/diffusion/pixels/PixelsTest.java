package dev.triptych.diffusion.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.UnsupportedRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PixelsTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/pixels");

    private static byte[] golden(String name) throws IOException {
        return Files.readAllBytes(GOLDEN.resolve(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"40x31", "7x5", "30x6", "24x11", "1x1"})
    void resizesLanczosAsPillow(String size) throws IOException {
        Pixels expected = Pixels.decode(golden("lanczos-" + size + ".png"));

        assertThat(Pixels.decode(golden("source.png")).resizeLanczos(expected.width(), expected.height()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"40x31", "7x5"})
    void resizesBicubicAsPillow(String size) throws IOException {
        Pixels expected = Pixels.decode(golden("bicubic-" + size + ".png"));

        assertThat(Pixels.decode(golden("source.png")).resizeBicubic(expected.width(), expected.height()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"40x31", "7x5"})
    void resizesNearestAsPillow(String size) throws IOException {
        Pixels expected = Pixels.decode(golden("nearest-" + size + ".png"));

        assertThat(Pixels.decode(golden("source.png")).resizeNearest(expected.width(), expected.height()))
                .isEqualTo(expected);
    }

    @Test
    void leavesThePictureAloneInItsOwnSize() throws IOException {
        Pixels source = Pixels.decode(golden("source.png"));

        assertThat(source.resizeLanczos(24, 18)).isEqualTo(source);
        assertThat(source.resizeNearest(24, 18)).isEqualTo(source);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgba.png",
                "grey.png",
                "grey-alpha.png",
                "palette.png",
                "two-colours.png",
                "rgb16.png",
                "grey16.png",
                "palette.gif",
                "rgb.bmp",
                "orientation-2.jpg",
                "orientation-3.jpg",
                "orientation-4.jpg",
                "orientation-5.jpg",
                "orientation-6.jpg",
                "orientation-7.jpg",
                "orientation-8.jpg",
                "grey.jpg",
                "colour.jpg"
            })
    void decodesAsPillow(String name) throws IOException {
        Pixels expected = Pixels.decode(golden(name + ".rgb.png"));

        assertThat(Pixels.decode(golden(name))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"p3.jpg", "adobe.jpg", "exif6.jpg", "exif6.png", "xmp8.png", "cmyk.jpg", "ycck.jpg"})
    void decodesAsEveryProviderDoes(String name) throws IOException {
        Pixels expected = Pixels.decode(shared(name + ".rgb.png"));

        assertThat(Pixels.decode(shared(name))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mask_L.png", "mask_L16.png", "mask.jpg", "mask_RGBA.png", "mask_P.png"})
    void repaintsWhereEveryProviderDoes(String name) throws IOException {
        float[] mask = Mask.decode(shared(name)).toTensor();

        for (int i = 0; i < mask.length; i++) {
            assertThat(mask[i]).isEqualTo(i % 128 < 64 ? 0 : 1);
        }
    }

    /** A picture of the contract's own tests. */
    private static byte[] shared(String name) throws IOException {
        try (InputStream file = PixelsTest.class.getResourceAsStream("/pictures/" + name)) {
            return Objects.requireNonNull(file, name).readAllBytes();
        }
    }

    @Test
    void turnsBytesIntoPlanesFromMinusOneToOne() {
        Pixels pixels = Pixels.of(2, 1, new byte[] {0, (byte) 255, 51, (byte) 128, 1, 2});

        assertThat(pixels.toTensor())
                .containsExactly(-1f, 128 / 255f * 2 - 1, 1f, 1 / 255f * 2 - 1, 51 / 255f * 2 - 1, 2 / 255f * 2 - 1);
    }

    @Test
    void roundsHalvesToEvenAndClamps() {
        float half = 1 / 255f; // 127.5 + 0.5 is between 127 and 128
        Pixels pixels = Pixels.fromTensor(new float[] {-3f, 3f, 0f, -1f, 1f, half}, 2, 1);

        assertThat(pixels.rgb()).containsExactly(0, 128, 255, (byte) 255, 0, 128);
    }

    @Test
    void givesItsBytesBackThroughTensorAndPng() {
        byte[] rgb = new byte[3 * 31 * 17];
        new Random(5).nextBytes(rgb);
        Pixels pixels = Pixels.of(31, 17, rgb);

        assertThat(Pixels.fromTensor(pixels.toTensor(), 31, 17)).isEqualTo(pixels);
        assertThat(Pixels.decode(pixels.toPng())).isEqualTo(pixels);
        assertThat(pixels.toPng()).isEqualTo(pixels.toPng());
    }

    @Test
    void writesNothingIntoThePngButThePicture() {
        String png = new String(Pixels.of(1, 1, new byte[3]).toPng(), StandardCharsets.ISO_8859_1);

        assertThat(png).contains("IHDR", "IDAT", "IEND").doesNotContain("tIME", "tEXt", "iTXt", "pHYs");
    }

    @Test
    void refusesADecompressionBombBeforeDecoding() throws IOException {
        byte[] bomb = golden("source.png");
        ByteBuffer.wrap(bomb).putInt(16, 60_000).putInt(20, 50_000);

        assertThatThrownBy(() -> Pixels.decode(bomb))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessageMatching(
                        "input picture must take at most \\d+ MiB to decode but its header says 60000x50000,"
                                + " which takes 22889 MiB; scale it down");
    }

    @Test
    void saysWhatItCannotRead() {
        byte[] webp = "RIFF\1\1\1\1WEBPVP8L\1\1\1\1/\1\1\1\1\1\1\1\1\1".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> Pixels.decode(webp))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(
                        "input picture must be PNG, JPEG, GIF or BMP but was image/webp, for which no ImageIO plug-in"
                                + " is on the class path; com.twelvemonkeys.imageio:imageio-webp adds WebP");
        assertThatThrownBy(() -> Pixels.decode(new byte[100]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "picture must be PNG, JPEG, WebP, GIF, BMP or AVIF but its first bytes are of another format");
    }

    @ParameterizedTest
    @ValueSource(strings = {"source.png", "colour.jpg", "palette.gif", "rgb.bmp"})
    void refusesATruncatedPicture(String name) throws IOException {
        byte[] whole = golden(name);
        byte[] truncated = Arrays.copyOf(whole, whole.length - whole.length / 4);

        assertThatThrownBy(() -> Pixels.decode(truncated))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("picture must be whole but its data are damaged: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"source.png", "palette.png", "colour.jpg", "palette.gif", "rgb.bmp", "orientation-6.jpg"})
    void answersDamageWithAPictureOrOneKindOfError(String name) throws IOException {
        byte[] whole = golden(name);
        Random random = new Random(11);
        for (int i = 0; i < 200; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            try {
                assertThat(Pixels.decode(damaged).width()).isPositive();
            } catch (IllegalArgumentException | UnsupportedRequestException e) {
                assertThat(e).hasMessageContaining("picture ");
            }
        }
    }

    @Test
    void saysWhichSizeAndValuesDoNotFit() {
        assertThatThrownBy(() -> Pixels.of(2, 2, new byte[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a picture of 2x2 must have 12 values but had 3");
        assertThatThrownBy(() -> Pixels.of(1, 1, new byte[3]).resizeLanczos(0, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture must be at least 1x1 but was 0x5");
        assertThatThrownBy(() -> Pixels.fromTensor(new float[] {0, Float.NaN, 0}, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pixel values must be numbers but one was NaN");
    }
}
