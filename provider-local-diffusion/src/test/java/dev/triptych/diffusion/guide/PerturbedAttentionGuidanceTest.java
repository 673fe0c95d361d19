package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import dev.triptych.diffusion.guide.Guidance.Interval;
import dev.triptych.diffusion.guide.Guidance.Perturbation;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PerturbedAttentionGuidanceTest {

    private static final float CONDITIONAL = 2;
    private static final float UNCONDITIONAL = 0.5f;
    private static final float PERTURBED = 1.25f;

    private static final Denoiser NETWORK = (input, moment, text, cancellation) -> new float[] {
        text.tensors().containsKey(Conditioning.PERTURBED)
                ? PERTURBED
                : text.weight() == 1 ? CONDITIONAL : UNCONDITIONAL
    };

    private static final Conditioning NEGATIVE = Conditioning.of(Map.of()).withWeight(9);
    private static final Conditioning TEXT = Conditioning.of(Map.of()).awayFrom(Optional.of(NEGATIVE));

    @Test
    void addsTheDifferenceToThePerturbedPass() {
        float[] guided = predict(new Perturbation(3, 0), TEXT, 500);

        assertThat(guided)
                .containsExactly(UNCONDITIONAL + 4 * (CONDITIONAL - UNCONDITIONAL) + 3 * (CONDITIONAL - PERTURBED));
    }

    @Test
    void needsNoText() {
        float[] guided = predict(new Perturbation(3, 0), TEXT.awayFrom(Optional.empty()), 500);

        assertThat(guided).containsExactly(CONDITIONAL + 3 * (CONDITIONAL - PERTURBED));
    }

    @Test
    void fallsWithTheTimeThatHasPassedDownToNothing() {
        Conditioning alone = TEXT.awayFrom(Optional.empty());

        assertThat(predict(new Perturbation(3, 0.004), alone, 500))
                .containsExactly(CONDITIONAL + 1 * (CONDITIONAL - PERTURBED));
        assertThat(predict(new Perturbation(3, 0.004), alone, 200)).containsExactly(CONDITIONAL);
    }

    private static float[] predict(Perturbation perturbation, Conditioning text, float timestep) {
        Guidance guidance = new Guidance(4, 0, Interval.ALWAYS, Optional.of(perturbation), false);
        return GuidanceChain.of(() -> NETWORK, guidance)
                .predict(new float[1], new Moment(0, 1, timestep), text, new Cancellation());
    }
}
