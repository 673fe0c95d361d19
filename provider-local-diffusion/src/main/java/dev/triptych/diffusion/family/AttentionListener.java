package dev.triptych.diffusion.family;

import dev.triptych.diffusion.engine.Tensor;

/** Hears where a denoiser looks at the words, at each evaluation that shows it the prompt. */
@FunctionalInterface
public interface AttentionListener {

    /**
     * One evaluation's attention.
     *
     * @param maps [1, tokens, height, width] in latent pixels; how much of a pixel's attention each token got, the
     *     tokens of a pixel summing to 1
     */
    void looked(Tensor maps);
}
