package dev.triptych.diffusion;

/**
 * Classifier-free guidance and its two relatives. All vectors are noise predictions of one picture, {@code [channels,
 * height, width]} flattened.
 *
 * <p>References: [1] Ho and Salimans (2022), equation 6. [2] Lin et al., "Common Diffusion Noise Schedules and Sample
 * Steps are Flawed" (2024), equations 15 and 16. [3] Meng et al., "On Distillation of Guided Diffusion Models" (2023).
 */
final class Guidance {

    private Guidance() {}

    /** {@code u + g · (c − u)} with u unconditional, c conditional, g the guidance scale [1]. */
    static float[] apply(float[] unconditional, float[] conditional, float guidanceScale) {
        float[] guided = new float[conditional.length];
        for (int i = 0; i < guided.length; i++) {
            guided[i] = unconditional[i] + guidanceScale * (conditional[i] - unconditional[i]);
        }
        return guided;
    }

    /**
     * Brings the spread of a guided prediction back towards that of the conditional one, against overexposed pictures
     * [2]: {@code φ · n · std(c) / std(n) + (1 − φ) · n}.
     *
     * @param amount φ in [0, 1]; 0 = leave it, 1 = the conditional prediction's spread
     */
    static float[] rescale(float[] guided, float[] conditional, float amount) {
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

    /**
     * The guidance scale as the vector that a guidance-distilled U-Net takes [3]; as
     * {@code get_guidance_scale_embedding} of diffusers: {@code [sin(1000 w · f), cos(1000 w · f)]} with f from 1 down
     * to 1/10000.
     *
     * @param excess w = guidance scale − 1
     * @param width length of the vector; an odd one ends in a zero
     */
    static float[] embedding(float excess, int width) {
        int half = width / 2;
        float[] embedding = new float[width];
        float step = (float) (Math.log(10000.0) / (half - 1));
        for (int i = 0; i < half; i++) {
            float angle = excess * 1000f * (float) Math.exp(i * -step);
            embedding[i] = (float) Math.sin(angle);
            embedding[half + i] = (float) Math.cos(angle);
        }
        return embedding;
    }
}
