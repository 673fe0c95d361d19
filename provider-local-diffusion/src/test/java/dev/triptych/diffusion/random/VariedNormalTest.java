package dev.triptych.diffusion.random;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class VariedNormalTest {

    private static final int CHANNELS = 2;
    private static final int HEIGHT = 5;
    private static final int WIDTH = 3;

    @Test
    void turnsEachColumnTowardsThatOfTheOtherSeed() {
        float[] own = new PhiloxNormal(1).first(CHANNELS, HEIGHT, WIDTH);
        float[] other = new PhiloxNormal(2).first(CHANNELS, HEIGHT, WIDTH);

        float[] varied = varied(1, 2, 0.3).first(CHANNELS, HEIGHT, WIDTH);

        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int column = 0; column < WIDTH; column++) {
                double ownNorm = 0;
                double otherNorm = 0;
                double product = 0;
                for (int row = 0; row < HEIGHT; row++) {
                    int at = (channel * HEIGHT + row) * WIDTH + column;
                    ownNorm += own[at] * own[at];
                    otherNorm += other[at] * other[at];
                    product += own[at] * other[at];
                }
                double angle = Math.acos(product / Math.sqrt(ownNorm * otherNorm));
                for (int row = 0; row < HEIGHT; row++) {
                    int at = (channel * HEIGHT + row) * WIDTH + column;
                    double expected = Math.sin(0.7 * angle) / Math.sin(angle) * own[at]
                            + Math.sin(0.3 * angle) / Math.sin(angle) * other[at];
                    assertThat((double) varied[at]).isCloseTo(expected, Offset.offset(1e-5));
                }
            }
        }
    }

    @Test
    void drawsLaterNoiseFromItsOwnSeedAlone() {
        VariedNormal varied = varied(1, 2, 0.3);
        PhiloxNormal own = new PhiloxNormal(1);
        varied.first(CHANNELS, HEIGHT, WIDTH);
        own.first(CHANNELS, HEIGHT, WIDTH);

        assertThat(varied.next(7)).containsExactly(own.next(7));
    }

    /** The web UI swaps the weights where it does not turn. */
    @Test
    void mixesWhatIsNearlyTheSame() {
        float[] own = new PhiloxNormal(1).first(CHANNELS, HEIGHT, WIDTH);

        assertThat(varied(1, 1, 0.3).first(CHANNELS, HEIGHT, WIDTH)).containsExactly(own, Offset.offset(1e-6f));
    }

    private static VariedNormal varied(long seed, long other, double strength) {
        return new VariedNormal(new PhiloxNormal(seed), new PhiloxNormal(other), strength);
    }
}
