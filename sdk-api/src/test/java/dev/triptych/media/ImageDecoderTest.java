package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.HexFormat;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ImageDecoderTest {

    @Test
    void decodesWhatItEncoded() {
        BufferedImage image = TestPictures.plain(3, 2, Color.CYAN);

        BufferedImage decoded = ImageDecoder.decode(ImageDecoder.encodePng(image));

        assertThat(decoded.getWidth()).isEqualTo(3);
        assertThat(decoded.getRGB(2, 1)).isEqualTo(Color.CYAN.getRGB());
    }

    @Test
    void refusesMorePixelsThanAllowedBeforeItDecodes() {
        byte[] bomb = TestPictures.png(2, 2, Color.RED);
        bomb[16] = 0x7f; // the width's highest byte

        assertThatThrownBy(() -> ImageDecoder.decode(bomb))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture must have at most 67108864 pixels but its header says 2130706434x2");
        assertThatThrownBy(() -> ImageDecoder.decode(TestPictures.png(3, 3, Color.RED), 8))
                .hasMessage("picture must have at most 8 pixels but its header says 3x3");
    }

    @Test
    void saysThatTheDataAreDamaged() {
        byte[] png = TestPictures.png(64, 64, Color.RED);

        assertThatThrownBy(() -> ImageDecoder.decode(Arrays.copyOf(png, 40)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture is image/png 64x64 but its data are damaged");
    }

    @Test
    void saysWhatReadsAFormatThatTheJavaRuntimeDoesNot() {
        byte[] webp =
                HexFormat.of().parseHex("524946461e000000574542505650384c110000002f048000000750852257a1ff8188e87f0000");
        assumeTrue(!ImageIO.getImageReadersByFormatName("webp").hasNext(), "a WebP plug-in is on the class path");

        assertThatThrownBy(() -> ImageDecoder.decode(webp))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture is image/webp, which this Java runtime does not read; an ImageIO plug-in such as"
                        + " com.twelvemonkeys.imageio:imageio-webp adds WebP");
    }
}
