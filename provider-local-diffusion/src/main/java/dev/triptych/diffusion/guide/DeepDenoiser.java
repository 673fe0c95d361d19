package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;

/** A denoiser whose deep part can be left out, what it gave at an earlier step taking its place. */
public interface DeepDenoiser {

    /** The prediction, all of it computed; arguments as in {@link Denoiser#predict}. */
    Whole whole(float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation);

    /** The prediction without the deep part, which gave {@code deep} earlier. */
    float[] shallow(Tensor deep, float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation);

    /**
     * A prediction and what its deep part gave.
     *
     * @param prediction {@code [latentChannels, height, width]}
     * @param deep to be kept for later steps
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Whole(float[] prediction, Tensor deep) {}
}
