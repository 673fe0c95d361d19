package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContactSheetTest {

    private static final byte[] RED = TestPictures.png(40, 20, Color.RED);
    private static final byte[] BLUE = TestPictures.png(10, 10, Color.BLUE);

    @Test
    void showsThePicturesInRowsAndMakesLargeOnesSmaller() {
        ContactSheet sheet =
                new ContactSheet(List.of(new ContactSheet.Entry(RED, ""), new ContactSheet.Entry(BLUE, "")));

        BufferedImage image = ImageDecoder.decode(sheet.toPng(2, 20));

        assertThat(image.getWidth()).isEqualTo(2 * (20 + 2 * 12));
        assertThat(image.getHeight()).isEqualTo(10 + 2 * 12);
        assertThat(image.getRGB(12 + 10, 12 + 5)).isEqualTo(Color.RED.getRGB());
        assertThat(image.getRGB(12 + 10, 11)).isEqualTo(0xfffafafa);
        assertThat(image.getRGB(44 + 12 + 10, 12 + 5)).isEqualTo(Color.BLUE.getRGB());
        assertThat(image.getRGB(44 + 12 + 3, 12 + 5)).isEqualTo(0xfffafafa);
    }

    @Test
    void writesTheCaptionBelowItsPicture() {
        assumeTrue(hasFont(), "no font on this machine");
        ContactSheet sheet = new ContactSheet(List.of(
                new ContactSheet.Entry(RED, "a fox in the snow, and a long way to go from here to the other side"),
                new ContactSheet.Entry(BLUE, "")));

        BufferedImage image = ImageDecoder.decode(sheet.toPng(2, 100));

        assertThat(image.getHeight()).isEqualTo(20 + 2 * 12 + 2 * 18);
        assertThat(hasInk(image.getSubimage(0, 32, 124, 48))).isTrue();
        assertThat(hasInk(image.getSubimage(124, 32, 124, 48))).isFalse();
    }

    @Test
    void leavesCaptionsOutWhereTheSystemHasNoFonts() {
        ContactSheet sheet = new ContactSheet(List.of(new ContactSheet.Entry(RED, "a fox")));

        BufferedImage image = ImageDecoder.decode(sheet.toPng(1, 100, false));

        assertThat(image.getHeight()).isEqualTo(20 + 2 * 12);
        assertThat(image.getRGB(12 + 50, 12 + 10)).isEqualTo(Color.RED.getRGB());
    }

    @Test
    void takesWhateverFontsThrowForTheirAbsence() {
        assertThat(CaptionFont.trouble(() -> {})).isEmpty();
        assertThat(CaptionFont.trouble(() -> {
                    throw new InternalError(new IllegalStateException(
                            "Fontconfig head is null, check your fonts or fonts configuration"));
                }))
                .contains("Fontconfig head is null, check your fonts or fonts configuration");
        assertThat(CaptionFont.trouble(() -> {
                    throw new UnsatisfiedLinkError("libfreetype.so.6: cannot open shared object file");
                }))
                .contains("libfreetype.so.6: cannot open shared object file");
        assertThat(CaptionFont.trouble(() -> {
                    throw new NoClassDefFoundError();
                }))
                .contains("NoClassDefFoundError");
    }

    @Test
    void refusesAnEmptySheet() {
        assertThatThrownBy(() -> new ContactSheet(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("contact sheet must have at least one picture but had none");
        assertThatThrownBy(() -> new ContactSheet(List.of(new ContactSheet.Entry(RED, ""))).toPng(0, 10))
                .hasMessage("contact sheet must have at least 1 column and cells of 1 pixel but had 0 columns of 10"
                        + " pixels");
    }

    private static boolean hasInk(BufferedImage image) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if ((image.getRGB(x, y) & 0xff) < 0x80) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean hasFont() {
        try {
            new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)
                    .createGraphics()
                    .getFontMetrics(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
            return true;
        } catch (RuntimeException | Error e) {
            return false;
        }
    }
}
