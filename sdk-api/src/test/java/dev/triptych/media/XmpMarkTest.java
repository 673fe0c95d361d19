package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmpMarkTest {

    private static final DigitalSourceType TYPE = DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA;
    private static final String WORD =
            "<Iptc4xmpExt:DigitalSourceType>" + TYPE.uri() + "</Iptc4xmpExt:DigitalSourceType>";

    private static byte[] file(String name) {
        try (InputStream in = Objects.requireNonNull(XmpMarkTest.class.getResourceAsStream("/pictures/" + name))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int[] pixels(byte[] picture) {
        BufferedImage image = ImageDecoder.decode(picture);
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lossy.webp",
                "lossless.webp",
                "exif6.webp",
                "xmp8.webp",
                "ycc-420.jpg",
                "exif6.jpg",
                "xmp8.jpg",
                "adobe.jpg",
                "cmyk-adobe.jpg",
                "adobe.png",
                "xmp8.png",
                "exif6.png",
                "palette-trns.png"
            })
    void marksAndLeavesEveryPixelAndTheOrientation(String name) {
        byte[] picture = file(name);

        byte[] marked = XmpPacket.mark(picture, TYPE);

        assertThat(text(marked)).containsOnlyOnce(WORD);
        assertThat(ImageHeader.read(marked)).isEqualTo(ImageHeader.read(picture));
        assertThat(ImageEnd.isThere(marked)).isTrue();
        assertThat(ExifOrientation.of(marked)).isEqualTo(ExifOrientation.of(picture));
        assertThat(pixels(marked)).isEqualTo(pixels(picture));
        assertThat(XmpPacket.mark(marked, TYPE)).as("once is enough").isSameAs(marked);
    }

    @Test
    void keepsJfifFirst() {
        byte[] marked = XmpPacket.mark(TestPictures.jpeg(8, 8, Color.RED), TYPE);

        List<JpegSegment> segments = JpegSegment.all(marked);
        assertThat(segments.get(0).marker()).isEqualTo(JpegSegment.APP0);
        assertThat(segments.get(1).marker()).isEqualTo(JpegSegment.APP1);
    }

    @Test
    void keepsTheMarkThatAPictureHas() {
        byte[] marked = XmpPacket.mark(
                TestPictures.png(8, 8, Color.RED), DigitalSourceType.COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA);

        assertThat(XmpPacket.mark(marked, TYPE)).isEqualTo(marked);
    }

    @Test
    void leavesWhatItCannotMark() {
        byte[] cut = Arrays.copyOf(TestPictures.png(8, 8, Color.RED), 50);
        byte[] gif = file("offset.gif");

        assertThat(XmpPacket.mark(cut, TYPE)).isSameAs(cut);
        assertThat(XmpPacket.mark(gif, TYPE)).isSameAs(gif);
    }
}
