package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LatentColoursTest {

    @Test
    void squaresOfLatentsAreUnfoldedFirst() {
        LatentSize size = new LatentSize(32, 4, 6);
        float[] latents = new float[size.values()];
        Random random = new Random(4);
        for (int i = 0; i < latents.length; i++) {
            latents[i] = (float) random.nextGaussian();
        }
        // Channel, row, column of a square are one channel: diffusers 0.42, pipeline_flux2_klein.py, _patchify_latents.
        float[] squares = new float[latents.length];
        int to = 0;
        for (int channel = 0; channel < 128; channel++) {
            for (int row = 0; row < 2; row++) {
                for (int column = 0; column < 3; column++) {
                    int y = 2 * row + channel % 4 / 2;
                    int x = 2 * column + channel % 2;
                    squares[to++] = latents[(channel / 4 * 4 + y) * 6 + x];
                }
            }
        }

        LatentColours colours = LatentColours.usual(128).orElseThrow();

        assertThat(colours.shown(squares, new LatentSize(128, 2, 3)))
                .isEqualTo(LatentColours.usual(32).orElseThrow().shown(latents, size));
    }
}
