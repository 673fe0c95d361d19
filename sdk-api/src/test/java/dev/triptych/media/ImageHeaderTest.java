package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The WebP pictures are 5 × 3 pixels of one colour, written by libwebp 1.2.4: WebPEncodeRGB with quality 10,
 * WebPEncodeLosslessRGB, and WebPEncodeRGBA with quality 10 and alpha 100. The AVIF picture is as large, written by
 * Pillow 13.0.0: {@code Image.new("RGB", (5, 3), (255, 0, 0)).save(file, "AVIF", quality=30)}.
 */
class ImageHeaderTest {

    private static final BufferedImage PICTURE = TestPictures.plain(5, 3, Color.RED);
    static final byte[] WEBP_LOSSY = HexFormat.of()
            .parseHex(
                    "52494646320000005745425056503820260000007001009d012a0500030007409625a0027401400000fee838b184d25b77fb"
                            + "83f507f103600000");
    private static final byte[] WEBP_LOSSLESS =
            HexFormat.of().parseHex("524946461e000000574542505650384c110000002f048000000750852257a1ff8188e87f0000");
    static final byte[] WEBP_EXTENDED = HexFormat.of()
            .parseHex(
                    "524946465600000057454250565038580a00000010000000040000020000414c50480a000000010750b288084444ff035650"
                            + "3820260000007001009d012a0500030007409625a0027401400000fee838b184d25b77fb83f507f103600000");

    static final byte[] AVIF = Base64.getDecoder()
            .decode("AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAA"
                    + "AAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAJgAAAChpaW5mAAAAAAABAAAAGmluZmUC"
                    + "AAAAAAEAAGF2MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAABQAAAAMAAAAQcGl4aQAAAAADCAgIAAAA"
                    + "DGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAALm1kYXQSAAoIGAhk0QENBoQy"
                    + "GBxHh4Xd0000wsAAAJA1jjx+yg1QWM/bnA==");

    @Test
    void readsTypeAndSizeOfEveryFormat() {
        assertThat(read(TestPictures.encode(PICTURE, "png"))).isEqualTo("image/png 5x3");
        assertThat(read(TestPictures.encode(PICTURE, "jpeg"))).isEqualTo("image/jpeg 5x3");
        assertThat(read(TestPictures.encode(PICTURE, "gif"))).isEqualTo("image/gif 5x3");
        assertThat(read(TestPictures.encode(PICTURE, "bmp"))).isEqualTo("image/bmp 5x3");
        assertThat(read(WEBP_LOSSY)).isEqualTo("image/webp 5x3");
        assertThat(read(WEBP_LOSSLESS)).isEqualTo("image/webp 5x3");
        assertThat(read(WEBP_EXTENDED)).isEqualTo("image/webp 5x3");
        assertThat(read(AVIF)).isEqualTo("image/avif 5x3");
    }

    @Test
    void walksOverTheSegmentsBeforeAJpegsFrame() {
        byte[] jpeg = TestPictures.jpeg(300, 200, Color.BLUE);
        byte[] comment = HexFormat.of().parseHex("fffe0008ffc000000000fffffe0004abcd");
        byte[] longer = Arrays.copyOf(jpeg, jpeg.length + comment.length);
        System.arraycopy(comment, 0, longer, 2, comment.length);
        System.arraycopy(jpeg, 2, longer, 2 + comment.length, jpeg.length - 2);

        assertThat(read(longer)).isEqualTo("image/jpeg 300x200");
    }

    @Test
    void readsABitmapOfTheOldHeaderAndOneWithRowsFromTheTop() {
        byte[] old = HexFormat.of().parseHex("424d00000000000000001a0000000c00000005000300010018" + "00");
        byte[] fromTheTop = TestPictures.encode(PICTURE, "bmp");
        Arrays.fill(fromTheTop, 22, 26, (byte) 0xff);
        fromTheTop[22] = (byte) 0xfd; // height −3

        assertThat(read(old)).isEqualTo("image/bmp 5x3");
        assertThat(read(fromTheTop)).isEqualTo("image/bmp 5x3");
    }

    @Test
    void namesTheUsualEnding() {
        assertThat(ImageHeader.read(TestPictures.encode(PICTURE, "jpeg")).fileExtension())
                .isEqualTo("jpg");
        assertThat(ImageHeader.read(WEBP_LOSSY).fileExtension()).isEqualTo("webp");
    }

    @Test
    void refusesEveryCutWithinTheHeader() {
        List<byte[]> pictures = List.of(
                TestPictures.encode(PICTURE, "png"),
                TestPictures.encode(PICTURE, "gif"),
                TestPictures.encode(PICTURE, "bmp"),
                WEBP_LOSSY,
                WEBP_LOSSLESS,
                WEBP_EXTENDED);
        for (byte[] picture : pictures) {
            for (int length = 0; length < 10; length++) {
                byte[] cut = Arrays.copyOf(picture, length);
                assertThatThrownBy(() -> ImageHeader.read(cut)).isInstanceOf(IllegalArgumentException.class);
            }
        }
        assertThatThrownBy(() -> ImageHeader.read(Arrays.copyOf(TestPictures.encode(PICTURE, "jpeg"), 100)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture ends within its header, after 100 bytes");
    }

    @Test
    void refusesAnotherFormatOrAnEmptyPicture() {
        byte[] flat = TestPictures.encode(PICTURE, "png");
        Arrays.fill(flat, 20, 24, (byte) 0);

        assertThatThrownBy(() -> ImageHeader.read("<html>no picture</html>".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "picture must be PNG, JPEG, WebP, GIF, BMP or AVIF but its first bytes are of another format");
        assertThatThrownBy(() -> ImageHeader.read(flat))
                .hasMessage("picture must be at least 1x1 but its header says 5x0");
    }

    private static String read(byte[] picture) {
        return ImageHeader.read(picture).toString();
    }
}
