package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.diffusion.engine.Tensor;
import org.junit.jupiter.api.Test;

class ControlnetSteeringTest {

    /** {@code torch.logspace(-1, 0, 13)}, torch 2.15. */
    private static final double[] GUESSED = {
        0.1, 0.121153, 0.14678, 0.177828, 0.215443, 0.261016, 0.316228, 0.383119, 0.464159, 0.562341, 0.681292,
        0.825404, 1
    };

    @Test
    void guessesFromATenthToAll() {
        for (int i = 0; i < GUESSED.length; i++) {
            assertThat(ControlnetSteering.guessed(i, GUESSED.length)).isCloseTo(GUESSED[i], within(1e-6));
        }
    }

    @Test
    void poolsEachChannel() {
        Tensor residual = new Tensor(new long[] {1, 2, 1, 2}, new float[] {1, 3, -4, 8});

        assertThat(ControlnetSteering.pooled(residual).values()).containsExactly(2, 2, 2, 2);
        assertThat(ControlnetSteering.pooled(new Tensor(new long[] {1, 2, 1, 2}, new float[] {1, 3, -4, 9}))
                        .values())
                .containsExactly(2f, 2f, 2.5f, 2.5f);
    }
}
