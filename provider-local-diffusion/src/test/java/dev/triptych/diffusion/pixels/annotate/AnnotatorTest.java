package dev.triptych.diffusion.pixels.annotate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.diffusion.pixels.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the annotators make, held against OpenCV 5.0 and Pillow 13.0: golden/pixels/README.md. */
class AnnotatorTest {

    @ParameterizedTest
    @CsvSource({"canny, canny-100-200", "canny:300:50, canny-300-50", "luminance, luminance"})
    void edgesAndBrightnessAreThoseOfOpenCvAndPillowToTheByte(String text, String file) throws IOException {
        assertThat(Annotator.parse(text).annotate(golden("edges"))).isEqualTo(golden("edges-" + file));
    }

    /** OpenCV rounds in fixed-point numbers. */
    @ParameterizedTest
    @CsvSource({"blur:1.5, blur-1.5", "blur, blur-9"})
    void blurIsOpenCvsToOneInTwoHundredFiftyFive(String text, String file) throws IOException {
        byte[] blurred = Annotator.parse(text).annotate(golden("edges")).rgb();
        byte[] wanted = golden("edges-" + file).rgb();
        int worst = 0;
        for (int i = 0; i < wanted.length; i++) {
            worst = Math.max(worst, Math.abs((blurred[i] & 0xff) - (wanted[i] & 0xff)));
        }
        assertThat(worst).isLessThanOrEqualTo(1);
    }

    @Test
    void inversionIsTheNegative() {
        Pixels picture = Pixels.of(1, 1, new byte[] {0, (byte) 255, 100});

        assertThat(Annotator.parse("inversion").annotate(picture).rgb())
                .containsExactly((byte) 255, (byte) 0, (byte) 155);
    }

    @Test
    void theyAreWrittenAsTheyAreRead() {
        assertThat(Annotator.parse(" CANNY ")).hasToString("canny:100.0:200.0");
        assertThat(Annotator.parse("canny:300:50")).hasToString("canny:50.0:300.0");
        assertThat(Annotator.parse("blur:2")).hasToString("blur:2.0");
        assertThat(Annotator.parse("luminance")).hasToString("luminance");
    }

    @ParameterizedTest
    @CsvSource({
        "depth, 'an annotator must be canny, luminance, inversion or blur but was \"depth\"'",
        "canny:1, 'an annotator must be canny, canny:LOW:HIGH, luminance, inversion, blur or blur:SIGMA but was \"canny:1\"'",
        "canny:1:x, 'an annotator''s numbers must be numbers but one was \"x\"'",
        "blur:0, 'an annotator''s number must be between 0.1 and 256.0 but was 0 in \"blur:0\"'"
    })
    void whatIsNoneSaysWhatThereIs(String text, String message) {
        assertThatThrownBy(() -> Annotator.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void aPictureOfOnePixelHasNoEdges() {
        Pixels picture = Pixels.of(1, 1, new byte[] {9, 9, 9});

        assertThat(Annotator.parse("canny").annotate(picture).rgb()).containsOnly((byte) 0);
        assertThat(Annotator.parse("blur").annotate(picture)).isEqualTo(picture);
    }

    private static Pixels golden(String name) throws IOException {
        return Pixels.decode(Files.readAllBytes(Path.of("src/test/resources/golden/pixels/" + name + ".png")));
    }
}
