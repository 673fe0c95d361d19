package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Classifier-free guidance [1]: a second pass without the text, and the prediction pushed from it to the first and
 * beyond. Where the conditioning has no unconditional side, the conditional passes alone are made. Several texts are
 * shown together by the sum of their guidance, each times its weight [2].
 *
 * <p>References: [1] Ho and Salimans, "Classifier-Free Diffusion Guidance" (2022), equation 6. [2] Liu et al.,
 * "Compositional Visual Generation with Composable Diffusion Models" (2022), equation 11.
 */
final class ClassifierFreeGuidance implements Denoiser {

    private final Pass conditional;
    private final Pass unconditional;
    private final Supplier<Pass> morePasses;
    private final List<Pass> others = new ArrayList<>();
    private final double scale;

    /**
     * @param conditional the pass with the text
     * @param unconditional the pass without
     * @param morePasses passes for further texts, one each
     * @param scale g
     */
    ClassifierFreeGuidance(Pass conditional, Pass unconditional, Supplier<Pass> morePasses, double scale) {
        this.conditional = conditional;
        this.unconditional = unconditional;
        this.morePasses = morePasses;
        this.scale = scale;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        boolean guides = text.unconditional().isPresent();
        if (guides) {
            bothPasses(input, moment, text, text.unconditional().get(), cancellation);
        } else {
            conditional.predict(input, moment, text, cancellation);
        }
        float[] shown = conditional.latest();
        if (!guides && text.others().isEmpty()) {
            return shown;
        }
        // Without guidance the first text stands where its absence would, as in AUTOMATIC1111's web UI.
        float[] base = guides ? unconditional.latest() : shown;
        double strength = guides ? scale : 1;
        float[] guided = guided(base, shown, (float) (strength * text.weight()));
        for (int i = 0; i < text.others().size(); i++) {
            Conditioning other = text.others().get(i);
            float[] further = other(i).predict(input, moment, other, cancellation);
            add(guided, base, further, (float) (strength * other.weight()));
        }
        return guided;
    }

    private void bothPasses(
            float[] input, Moment moment, Conditioning text, Conditioning without, Cancellation cancellation) {
        if (conditional.predictsBothAtOnce()) {
            conditional.predictWith(unconditional, input, moment, text, without, cancellation);
            return;
        }
        conditional.predict(input, moment, text, cancellation);
        unconditional.predict(input, moment, without, cancellation);
    }

    private Pass other(int index) {
        while (others.size() <= index) {
            others.add(morePasses.get());
        }
        return others.get(index);
    }

    /** {@code u + g · (c − u)} with u unconditional, c conditional, g the guidance scale [1]. */
    static float[] guided(float[] unconditional, float[] conditional, float scale) {
        float[] guided = new float[conditional.length];
        for (int i = 0; i < guided.length; i++) {
            guided[i] = unconditional[i] + scale * (conditional[i] - unconditional[i]);
        }
        return guided;
    }

    /** Adds {@code g · (c − u)} of a further text, or of anything else that guides. */
    static void add(float[] guided, float[] unconditional, float[] conditional, float scale) {
        for (int i = 0; i < guided.length; i++) {
            guided[i] += scale * (conditional[i] - unconditional[i]);
        }
    }
}
