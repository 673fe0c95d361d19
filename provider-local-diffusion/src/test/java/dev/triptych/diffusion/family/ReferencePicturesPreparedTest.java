package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.diffusion.pixels.Pixels;
import org.junit.jupiter.api.Test;

class ReferencePicturesPreparedTest {

    @Test
    void edgesAreCutAroundTheMiddle() {
        byte[] rgb = new byte[100 * 70 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i / 3 % 100); // each pixel says its column
        }

        Pixels prepared = ReferencePictures.prepared(Pixels.of(100, 70, rgb));

        assertThat(prepared.width()).isEqualTo(96);
        assertThat(prepared.height()).isEqualTo(64);
        assertThat(prepared.rgb()[0]).isEqualTo((byte) 2);
    }

    @Test
    void largeOnesAreMadeSmaller() {
        Pixels prepared = ReferencePictures.prepared(Pixels.of(2048, 1024, new byte[2048 * 1024 * 3]));

        assertThat(prepared.width()).isEqualTo(1440); // 1448 by the area, cut to a multiple of 16
        assertThat(prepared.height()).isEqualTo(720); // 724
    }

    @Test
    void smallAndLongOnesAreRefused() {
        assertThatThrownBy(() -> ReferencePictures.prepared(Pixels.of(600, 70, new byte[600 * 70 * 3])))
                .hasMessage("must have edges of at least 64 pixels, one at most 8 times the other, but was 600x70");
        assertThatThrownBy(() -> ReferencePictures.prepared(Pixels.of(64, 63, new byte[64 * 63 * 3])))
                .hasMessage("must have edges of at least 64 pixels, one at most 8 times the other, but was 64x63");
    }
}
