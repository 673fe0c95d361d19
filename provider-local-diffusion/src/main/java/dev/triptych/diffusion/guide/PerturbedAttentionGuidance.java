package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;

/**
 * Perturbed-attention guidance [1]: away from what the network answers when some of its self-attentions see each pixel
 * alone, {@code n + p · (c − c*)}. It needs no text, and adds to classifier-free guidance.
 *
 * <p>Reference: [1] Ahn et al., "Self-Rectifying Diffusion Sampling with Perturbed-Attention Guidance" (2024), equation
 * 12; diffusers 0.36, pipelines/pag/pag_utils.py.
 */
final class PerturbedAttentionGuidance implements Denoiser {

    /** In training time, whatever a checkpoint's own count. */
    private static final float BEGIN = 1000;

    private final Denoiser guided;
    private final Pass conditional;
    private final Denoiser perturbed;
    private final Guidance.Perturbation perturbation;

    /**
     * @param guided what is guided further
     * @param conditional the pass c among those that {@code guided} makes
     * @param perturbed the pass c*
     */
    PerturbedAttentionGuidance(
            Denoiser guided, Pass conditional, Denoiser perturbed, Guidance.Perturbation perturbation) {
        this.guided = guided;
        this.conditional = conditional;
        this.perturbed = perturbed;
        this.perturbation = perturbation;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        float[] prediction = guided.predict(input, moment, text, cancellation).clone();
        float scale = scaleAt(moment.timestep());
        if (scale > 0) {
            float[] worse = perturbed.predict(input, moment, text.perturbed(), cancellation);
            ClassifierFreeGuidance.add(prediction, worse, conditional.latest(), scale);
        }
        return prediction;
    }

    /** The scale falls with the time that has passed, where it is adaptive. */
    private float scaleAt(float timestep) {
        double fallen = perturbation.scale() - perturbation.adaptive() * (BEGIN - timestep);
        return (float) Math.max(0, fallen);
    }
}
