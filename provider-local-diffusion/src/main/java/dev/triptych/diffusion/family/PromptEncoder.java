package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.Conditioning;

/** Text to what the denoiser is told about it. */
@FunctionalInterface
public interface PromptEncoder {

    /** The conditioning of {@code prompt}, the same for every picture of a request. */
    Conditioning encode(PromptPlan prompt, Cancellation cancellation);
}
