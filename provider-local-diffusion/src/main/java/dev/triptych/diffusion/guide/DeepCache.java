package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * DeepCache [1]: the deep part of a network is computed at every so many steps, and kept between. One pass of one
 * picture; not thread-safe.
 *
 * <p>A step is counted by the first place where its timestep stands, so that both calls of a step that takes two are
 * alike. Where guidance sets in, all passes are computed whole and the count begins anew: the difference between two
 * that are not equally fresh would be guided along.
 *
 * <p>Reference: [1] Ma et al., "DeepCache: Accelerating Diffusion Models for Free" (2024), algorithm 1; the package of
 * that name, 0.1.1, with skip_mode uniform.
 */
final class DeepCache implements Denoiser {

    private final DeepDenoiser denoiser;
    private final int interval;
    private final Loop loop;
    private @Nullable Tensor deep;

    /**
     * The loop that a cache is used in.
     *
     * @param timesteps of all its calls, descending
     * @param firstCall the first call that is made
     * @param guidedFrom the first call with guidance
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Loop(float[] timesteps, int firstCall, int guidedFrom) {}

    /** @param interval how many steps one computation of the deep part serves, from 2 */
    DeepCache(DeepDenoiser denoiser, int interval, Loop loop) {
        this.denoiser = denoiser;
        this.interval = interval;
        this.loop = loop;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        Tensor kept = deep;
        if (kept != null && !isWhole(moment.call())) {
            return denoiser.shallow(kept, input, moment, text, cancellation);
        }
        DeepDenoiser.Whole whole = denoiser.whole(input, moment, text, cancellation);
        deep = whole.deep();
        return whole.prediction();
    }

    private boolean isWhole(int call) {
        int from = call < loop.guidedFrom() ? loop.firstCall() : Math.max(loop.firstCall(), loop.guidedFrom());
        return (place(call) - place(from)) % interval == 0;
    }

    /** The first call with the timestep of {@code call}. */
    private int place(int call) {
        int first = 0;
        while (loop.timesteps()[first] != loop.timesteps()[call]) {
            first++;
        }
        return first;
    }
}
