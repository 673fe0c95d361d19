package dev.triptych.diffusion.guide;

import dev.triptych.diffusion.engine.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * What a denoiser is told about the text: made by one family's encoder, read by its denoiser, and passed on unopened by
 * everything between. Immutable.
 *
 * @param tensors by the names of the denoiser's inputs: embeddings, a pooled text, numbers
 * @param unconditional what guidance steers away from; empty where one pass is made
 */
public record Conditioning(Map<String, Tensor> tensors, Optional<Conditioning> unconditional) {

    /** Copies the map. */
    public Conditioning {
        tensors = Map.copyOf(tensors);
    }

    /** Tensors for one pass. */
    public static Conditioning of(Map<String, Tensor> tensors) {
        return new Conditioning(tensors, Optional.empty());
    }
}
