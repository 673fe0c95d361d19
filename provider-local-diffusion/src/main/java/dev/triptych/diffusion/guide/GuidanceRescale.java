package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;

/**
 * Brings the spread of a guided prediction n back towards that of the conditional one c (the first of several), against
 * overexposed pictures [1]: {@code φ · n · std(c) / std(n) + (1 − φ) · n}.
 *
 * <p>Reference: [1] Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed" (2024), equations 15 and
 * 16; diffusers 0.36, {@code rescale_noise_cfg}.
 */
final class GuidanceRescale implements Denoiser {

    private final Denoiser guided;
    private final Pass conditional;
    private final float amount;

    /**
     * @param guided whose answers are rescaled
     * @param conditional the pass among those that {@code guided} makes
     * @param amount φ in (0, 1]
     */
    GuidanceRescale(Denoiser guided, Pass conditional, float amount) {
        this.guided = guided;
        this.conditional = conditional;
        this.amount = amount;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        float[] prediction = guided.predict(input, moment, text, cancellation);
        return text.unconditional().isEmpty() ? prediction : rescaled(prediction, conditional.latest(), amount);
    }

    private static float[] rescaled(float[] guided, float[] conditional, float amount) {
        float factor = (float) (standardDeviation(conditional) / standardDeviation(guided));
        float[] rescaled = new float[guided.length];
        for (int i = 0; i < guided.length; i++) {
            rescaled[i] = amount * (guided[i] * factor) + (1 - amount) * guided[i];
        }
        return rescaled;
    }

    /** Sample standard deviation, with n − 1 as torch has it. */
    private static double standardDeviation(float[] values) {
        double mean = 0;
        for (float value : values) {
            mean += value;
        }
        mean /= values.length;
        double squares = 0;
        for (float value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / (values.length - 1));
    }
}
