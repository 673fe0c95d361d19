package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PhaseGuidanceTest {

    private static final Denoiser.Moment MOMENT = new Denoiser.Moment(0, 2, 999);
    private static final Conditioning TEXT = told(3, 7);
    private static final Conditioning NO_TEXT = told(1, 5);

    /** Answers with what it is told. */
    private static final Denoiser ECHO = (input, moment, text, cancellation) -> answer(text);

    @Test
    void guidesThePredictionAndKeepsTheVarianceOfTheText() {
        float[] guided = new PhaseGuidance(ECHO, 4)
                .predict(new float[1], MOMENT, TEXT.awayFrom(Optional.of(NO_TEXT)), new Cancellation());

        assertThat(guided).containsExactly(1 + 4 * (3 - 1), 7);
    }

    @Test
    void makesOnePassWithoutAnotherSide() {
        float[] guided = new PhaseGuidance(ECHO, 4).predict(new float[1], MOMENT, TEXT, new Cancellation());

        assertThat(guided).containsExactly(3, 7);
        assertThat(answer(TEXT)).containsExactly(3, 7);
    }

    private static float[] answer(Conditioning text) {
        return Objects.requireNonNull(text.tensors().get("answer")).values();
    }

    private static Conditioning told(float prediction, float variance) {
        return Conditioning.of(Map.of("answer", new Tensor(new long[] {2}, new float[] {prediction, variance})));
    }
}
