package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;

/**
 * Classifier-free guidance of one phase of a cascade: Ho and Salimans, "Classifier-Free Diffusion Guidance" (2022),
 * equation 6. Where a prediction has more values than what was denoised, the rest speaks of its variance, and is that
 * of the conditional pass. Immutable.
 *
 * <p>Reference: diffusers 0.42, pipelines/deprecated/unclip/pipeline_unclip.py. Both passes are made where there are
 * two sides, whatever the scale.
 */
public final class PhaseGuidance implements Denoiser {

    private final Denoiser denoiser;
    private final float scale;

    /** @param scale g; 1 = the conditional prediction */
    public PhaseGuidance(Denoiser denoiser, double scale) {
        this.denoiser = denoiser;
        this.scale = (float) scale;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        float[] guided = denoiser.predict(input, moment, text, cancellation).clone();
        if (text.unconditional().isPresent()) {
            float[] unconditional =
                    denoiser.predict(input, moment, text.unconditional().get(), cancellation);
            for (int i = 0; i < input.length; i++) {
                guided[i] = unconditional[i] + scale * (guided[i] - unconditional[i]);
            }
        }
        return guided;
    }
}
