package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;

/** A transformer of which the first block can be computed alone, what all others did earlier taking their place. */
public interface FirstBlockDenoiser {

    /** All of it; arguments as in {@link Denoiser#predict}. */
    Whole whole(float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation);

    /** The first block alone, the others having added {@code rest} earlier. */
    Started started(Tensor rest, float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation);

    /**
     * A prediction, and what led to it.
     *
     * @param prediction {@code [latentChannels, height, width]}
     * @param added what the first block added
     * @param rest what all others added, to be kept for later steps
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Whole(float[] prediction, float[] added, Tensor rest) {}

    /**
     * What the prediction is if the other blocks would add what they did.
     *
     * @param prediction {@code [latentChannels, height, width]}
     * @param added what the first block added
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Started(float[] prediction, float[] added) {}
}
