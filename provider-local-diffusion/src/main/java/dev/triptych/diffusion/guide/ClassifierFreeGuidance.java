package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;

/**
 * Classifier-free guidance [1]: a second pass without the text, and the prediction pushed from it to the first and
 * beyond. Where the conditioning has no unconditional side, one pass is made. Several texts are shown together by the
 * sum of their guidance, each times its weight [3]. Immutable.
 *
 * <p>References: [1] Ho and Salimans, "Classifier-Free Diffusion Guidance" (2022), equation 6. [2] Lin et al., "Common
 * Diffusion Noise Schedules and Sample Steps are Flawed" (2024), equations 15 and 16. [3] Liu et al., "Compositional
 * Visual Generation with Composable Diffusion Models" (2022), equation 11.
 */
public final class ClassifierFreeGuidance implements Denoiser {

    private final Denoiser denoiser;
    private final float scale;
    private final float rescale;

    /**
     * Guidance over {@code denoiser}.
     *
     * @param scale g, above 1
     * @param rescale φ in [0, 1]; 0 = off
     */
    public ClassifierFreeGuidance(Denoiser denoiser, float scale, float rescale) {
        this.denoiser = denoiser;
        this.scale = scale;
        this.rescale = rescale;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        float[] conditional = denoiser.predict(input, moment, text, cancellation);
        if (text.unconditional().isEmpty()) {
            return conditional;
        }
        float[] unconditional =
                denoiser.predict(input, moment, text.unconditional().get(), cancellation);
        float[] guided = guided(unconditional, conditional, (float) (scale * text.weight()));
        for (Conditioning other : text.others()) {
            float[] further = denoiser.predict(input, moment, other, cancellation);
            add(guided, unconditional, further, (float) (scale * other.weight()));
        }
        return rescale > 0 ? rescaled(guided, conditional, rescale) : guided;
    }

    /** {@code u + g · (c − u)} with u unconditional, c conditional, g the guidance scale [1]. */
    static float[] guided(float[] unconditional, float[] conditional, float scale) {
        float[] guided = new float[conditional.length];
        for (int i = 0; i < guided.length; i++) {
            guided[i] = unconditional[i] + scale * (conditional[i] - unconditional[i]);
        }
        return guided;
    }

    /** Adds {@code g · (c − u)} of a further text. */
    private static void add(float[] guided, float[] unconditional, float[] conditional, float scale) {
        for (int i = 0; i < guided.length; i++) {
            guided[i] += scale * (conditional[i] - unconditional[i]);
        }
    }

    /**
     * Brings the spread of a guided prediction back towards that of the conditional one (the first of several), against
     * overexposed pictures [2]: {@code φ · n · std(c) / std(n) + (1 − φ) · n}.
     */
    static float[] rescaled(float[] guided, float[] conditional, float amount) {
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
