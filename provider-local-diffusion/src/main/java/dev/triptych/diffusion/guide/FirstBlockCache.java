package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import org.jspecify.annotations.Nullable;

/**
 * First-block caching [1]: where the first block of a transformer adds nearly what it added at the last step that was
 * computed whole, so will all others, and what they added then stands for them. One pass of one picture; not
 * thread-safe.
 *
 * <p>Nearly: the mean of |a − a′| over the mean of |a′|, with a what is added now and a′ what was added then, is at
 * most the threshold.
 *
 * <p>Reference: [1] huggingface/diffusers 0.42, hooks/first_block_cache.py, after chengzeyi/ParaAttention.
 */
final class FirstBlockCache implements Denoiser {

    private final FirstBlockDenoiser denoiser;
    private final double threshold;
    private FirstBlockDenoiser.@Nullable Whole last;

    /** @param threshold how far what the first block adds may have moved, as a part of its size; above 0 */
    FirstBlockCache(FirstBlockDenoiser denoiser, double threshold) {
        this.denoiser = denoiser;
        this.threshold = threshold;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        FirstBlockDenoiser.Whole before = last;
        if (before != null) {
            FirstBlockDenoiser.Started started = denoiser.started(before.rest(), input, moment, text, cancellation);
            if (moved(started.added(), before.added()) <= threshold) {
                return started.prediction();
            }
        }
        FirstBlockDenoiser.Whole whole = denoiser.whole(input, moment, text, cancellation);
        last = whole;
        return whole.prediction();
    }

    private static double moved(float[] now, float[] then) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < then.length; i++) {
            difference += Math.abs(now[i] - then[i]);
            size += Math.abs(then[i]);
        }
        return size == 0 ? Double.POSITIVE_INFINITY : difference / size;
    }
}
