package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import java.util.Optional;

/**
 * Guidance in a part of the evaluations [1]; in the others the conditional pass alone, so that each of them costs half.
 *
 * <p>Reference: [1] Kynkäänniemi et al., "Applying Guidance in a Limited Interval Improves Sample and Distribution
 * Quality in Diffusion Models" (2024), which counts the interval in σ; here it is counted in evaluations.
 */
final class GuidanceInterval implements Denoiser {

    private final Denoiser guided;
    private final Denoiser unguided;
    private final Guidance.Interval interval;

    /**
     * @param guided all passes
     * @param unguided the same conditional pass, or the sum of several
     */
    GuidanceInterval(Denoiser guided, Denoiser unguided, Guidance.Interval interval) {
        this.guided = guided;
        this.unguided = unguided;
        this.interval = interval;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        return interval.contains(moment)
                ? guided.predict(input, moment, text, cancellation)
                : unguided.predict(input, moment, text.awayFrom(Optional.empty()), cancellation);
    }
}
