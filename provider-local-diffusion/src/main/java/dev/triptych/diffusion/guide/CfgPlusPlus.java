package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;

/**
 * CFG++ [1]: the picture is that of the guided prediction, but the noise that is put back is that of the unconditional
 * one, so that high guidance leaves the latents among those that the network knows.
 *
 * <p>For a scheduler whose step is {@code x' = a · x₀(n) + b · noise(x, n)}, with r how much of the noise it leaves,
 * {@code a · x₀(g) + b · noise(x, u)} is that same step with {@code n = (g − r · u) / (1 − r)}, whatever n predicts:
 * both x₀ and the noise are linear in it. So it stands before the scheduler, like all guidance.
 *
 * <p>Reference: [1] Chung et al., "CFG++: Manifold-constrained Classifier Free Guidance for Diffusion Models" (2024),
 * algorithm 2; as k-diffusion's {@code sample_euler_cfg_pp} has it.
 */
final class CfgPlusPlus implements Denoiser {

    private final Denoiser guided;
    private final Pass unconditional;
    private final float[] noiseLeft;

    /**
     * @param guided the guided prediction g
     * @param unconditional the pass u among those that {@code guided} makes
     * @param noiseLeft r in [0, 1) for each call
     */
    CfgPlusPlus(Denoiser guided, Pass unconditional, float[] noiseLeft) {
        this.guided = guided;
        this.unconditional = unconditional;
        this.noiseLeft = noiseLeft;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        float[] prediction = guided.predict(input, moment, text, cancellation);
        if (text.unconditional().isEmpty()) {
            return prediction;
        }
        float[] without = unconditional.latest();
        float left = noiseLeft[moment.call()];
        float[] mixed = new float[prediction.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = (prediction[i] - left * without[i]) / (1 - left);
        }
        return mixed;
    }
}
