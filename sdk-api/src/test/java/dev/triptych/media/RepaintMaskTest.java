package dev.triptych.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class RepaintMaskTest {

    @Test
    void turnsTransparencyIntoWhite() {
        BufferedImage mask = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
        mask.setRGB(0, 0, 0xFFFFFFFF);
        mask.setRGB(1, 0, 0x00FFFFFF);
        mask.setRGB(2, 0, 0x40000000);

        BufferedImage read = ImageDecoder.decode(RepaintMask.whiteToRepaint(ImageDecoder.encodePng(mask)));

        assertThat(read.getColorModel().hasAlpha()).isFalse();
        assertThat(read.getRaster().getSamples(0, 0, 3, 1, 0, (int[]) null)).containsExactly(0, 255, 191);
    }

    @Test
    void leavesAnOpaqueMaskAsItIs() {
        BufferedImage mask = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        mask.setRGB(0, 0, 0xFFFFFFFF);
        mask.setRGB(1, 0, 0xFF000000);
        byte[] png = ImageDecoder.encodePng(mask);

        assertThat(RepaintMask.whiteToRepaint(png)).isSameAs(png);
    }

    @Test
    void refusesAMaskThatLeavesNothingToRepaint() {
        byte[] black = ImageDecoder.encodePng(new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY));

        assertThatThrownBy(() -> RepaintMask.whiteToRepaint(black))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "mask must mark something to repaint, with transparent pixels or, where all are opaque, with"
                                + " white ones, but all of its pixels are opaque and black");
    }
}
