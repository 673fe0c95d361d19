package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.diffusion.guide.Denoiser.Moment;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MomentTest {

    @Test
    void aWindowIsOneOfTheCallsThatAreMade() {
        assertThat(inside(0, 10, 0.2, 0.5)).containsExactly(2, 3, 4);
        // Image-to-image makes the last 4 of 10: the second half of them.
        assertThat(inside(6, 4, 0.5, 1)).containsExactly(8, 9);
        assertThat(inside(6, 4, 0, 0.25)).containsExactly(6);
    }

    private static int[] inside(int first, int made, double start, double end) {
        return IntStream.range(first, first + made)
                .filter(call -> new Moment(call, 10, 0, first, made).isInside(start, end))
                .toArray();
    }
}
