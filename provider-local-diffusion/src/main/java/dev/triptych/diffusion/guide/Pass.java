package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;

/**
 * One of the passes that an evaluation is made of, and what it answered last. Each pass has a denoiser of its own,
 * since one that remembers earlier steps must not mix them up. It serves one picture; not thread-safe.
 */
final class Pass implements Denoiser {

    private final Denoiser denoiser;
    private float[] latest = {};

    Pass(Denoiser denoiser) {
        this.denoiser = denoiser;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        latest = denoiser.predict(input, moment, text, cancellation);
        return latest;
    }

    /** The answer of the latest evaluation; not to be changed. */
    float[] latest() {
        return latest;
    }
}
