package dev.triptych.diffusion.guide;

import java.util.function.Supplier;

/**
 * What steers a denoiser, one thing around the other: the passes, classifier-free guidance over them, guidance by
 * perturbed attention, the rescale of both, CFG++, and outermost the part of the loop in which there is guidance at
 * all. Stateless.
 */
public final class GuidanceChain {

    private GuidanceChain() {}

    /**
     * The guided denoiser of one picture.
     *
     * @param passes a denoiser for each pass of an evaluation
     * @param noiseLeft how much of its noise each call leaves, in [0, 1); read for CFG++ alone
     */
    public static Denoiser of(Supplier<Denoiser> passes, Guidance guidance, float... noiseLeft) {
        Pass conditional = new Pass(passes.get());
        Pass unconditional = new Pass(passes.get());
        Denoiser free =
                new ClassifierFreeGuidance(conditional, unconditional, () -> new Pass(passes.get()), guidance.scale());
        Denoiser guided = free;
        if (guidance.perturbation().isPresent()) {
            guided = new PerturbedAttentionGuidance(
                    guided, conditional, passes.get(), guidance.perturbation().get());
        }
        if (guidance.rescale() > 0) {
            guided = new GuidanceRescale(guided, conditional, guidance.rescale());
        }
        if (guidance.plusPlus()) {
            guided = new CfgPlusPlus(guided, unconditional, noiseLeft);
        }
        return guidance.interval().equals(Guidance.Interval.ALWAYS)
                ? guided
                : new GuidanceInterval(guided, free, guidance.interval());
    }
}
