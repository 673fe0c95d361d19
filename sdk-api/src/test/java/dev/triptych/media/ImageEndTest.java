package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ImageEndTest {

    static Stream<Arguments> pictures() {
        return Stream.of(
                Arguments.of("png", TestPictures.png(40, 30, Color.RED)),
                Arguments.of("jpeg", TestPictures.jpeg(40, 30, Color.RED)),
                Arguments.of("gif", TestPictures.encode(TestPictures.plain(40, 30, Color.RED), "gif")),
                Arguments.of("bmp", TestPictures.encode(TestPictures.plain(40, 30, Color.RED), "bmp")),
                Arguments.of("webp", ImageHeaderTest.WEBP_LOSSY),
                Arguments.of("webp extended", ImageHeaderTest.WEBP_EXTENDED),
                Arguments.of("avif", ImageHeaderTest.AVIF));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pictures")
    void isThereInAWholePicture(String format, byte[] picture) {
        assertThat(ImageEnd.isThere(picture)).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pictures")
    void isMissingWhereverAPictureIsCutBehindItsHeader(String format, byte[] picture) {
        for (int length = picture.length - (format.startsWith("webp") ? 2 : 1); length > 0; length--) {
            byte[] cut = Arrays.copyOf(picture, length);
            if (hasHeader(cut)) {
                assertThat(ImageEnd.isThere(cut))
                        .as("%d of %d bytes", length, picture.length)
                        .isFalse();
            }
        }
    }

    private static boolean hasHeader(byte[] bytes) {
        try {
            ImageHeader.read(bytes);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pictures")
    void isThereWithMoreBehindIt(String format, byte[] picture) {
        byte[] longer = Arrays.copyOf(picture, picture.length + 8);
        longer[picture.length + 3] = 8;

        assertThat(ImageEnd.isThere(longer)).isTrue();
    }
}
