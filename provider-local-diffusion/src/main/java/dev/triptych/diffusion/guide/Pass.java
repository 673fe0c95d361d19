package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import java.util.List;

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

    @Override
    public boolean predictsBothAtOnce() {
        return denoiser.predictsBothAtOnce();
    }

    /** A prediction of this pass for {@code text}, and one of {@code pass} for {@code other}, both at once. */
    void predictWith(
            Pass pass, float[] input, Moment moment, Conditioning text, Conditioning other, Cancellation cancellation) {
        List<float[]> both = denoiser.predictBoth(input, moment, text, other, cancellation);
        latest = both.get(0);
        pass.latest = both.get(1);
    }

    /** The answer of the latest evaluation; not to be changed. */
    float[] latest() {
        return latest;
    }
}
