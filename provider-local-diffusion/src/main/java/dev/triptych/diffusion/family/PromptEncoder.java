package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.ConditioningPlan;

/** Text to what the denoiser is told about it. */
@FunctionalInterface
public interface PromptEncoder {

    /** The conditioning of {@code prompt}, the same for every picture of a request. */
    ConditioningPlan encode(PromptPlan prompt, Cancellation cancellation);
}
