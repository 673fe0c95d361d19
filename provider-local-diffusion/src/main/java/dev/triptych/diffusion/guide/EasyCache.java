package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import java.util.ArrayList;
import java.util.List;

/**
 * EasyCache [1]: a whole evaluation is left out while the predictions are expected to have moved little since the last
 * one that was made. The first pass decides for all of its moment; each keeps the difference between what it was shown
 * and what it answered, and adds that to what it is shown next. One picture; not thread-safe.
 *
 * <p>What is expected: the mean of |Δinput| since the last evaluation, times how much an output moved for an input when
 * both were last seen, as a part of the mean of |output|. It is summed up; at the threshold an evaluation is made.
 * Between 0.15 and 0.95 of the loop alone: earlier steps decide what is painted, the last ones its detail.
 *
 * <p>Reference: [1] Zhou et al., "Less is Enough: Training-Free Video Diffusion Acceleration via Runtime-Adaptive
 * Caching" (2025); leejet/stable-diffusion.cpp, src/runtime/easycache.hpp, where the window is one of σ.
 */
final class EasyCache {

    private static final double FROM = 0.15;
    private static final double TO = 0.95;

    private final double threshold;
    private final List<Cached> passes = new ArrayList<>();

    private int decidedCall = -1;
    private boolean skips;
    private double expected;
    private double rate;

    /** @param threshold how far predictions may be expected to have moved, as a part of their size; above 0 */
    EasyCache(double threshold) {
        this.threshold = threshold;
    }

    /** A pass over {@code denoiser}; the first one decides. */
    Denoiser pass(Denoiser denoiser) {
        Cached pass = new Cached(denoiser);
        passes.add(pass);
        return pass;
    }

    private static boolean isActive(Denoiser.Moment moment) {
        double done = (double) moment.call() / moment.calls();
        return done >= FROM && done < TO;
    }

    private boolean skips(Cached pass, float[] input, Denoiser.Moment moment) {
        if (pass == passes.get(0)) {
            decide(pass, input, moment);
        }
        return skips && moment.call() == decidedCall && pass.difference.length > 0;
    }

    private void decide(Cached pass, float[] input, Denoiser.Moment moment) {
        decidedCall = moment.call();
        skips = false;
        if (!isActive(moment) || rate == 0) {
            return;
        }
        expected += rate * meanDifference(input, pass.input) / mean(pass.output);
        skips = expected < threshold;
        expected = skips ? expected : 0;
    }

    /** One pass. */
    private final class Cached implements Denoiser {
        private final Denoiser denoiser;
        private float[] input = {};
        private float[] output = {};
        private float[] difference = {};

        Cached(Denoiser denoiser) {
            this.denoiser = denoiser;
        }

        @Override
        public float[] predict(float[] shown, Moment moment, Conditioning text, Cancellation cancellation) {
            if (skips(this, shown, moment)) {
                return sum(shown, difference);
            }
            float[] answer = denoiser.predict(shown, moment, text, cancellation);
            if (this == passes.get(0) && output.length > 0) {
                double moved = meanDifference(shown, input);
                rate = moved > 0 ? meanDifference(answer, output) / moved : 0;
            }
            input = shown.clone();
            output = answer;
            difference = difference(answer, shown);
            return answer;
        }
    }

    /** Mask and kept picture, which stand behind the latents of an input, never change. */
    private static float[] sum(float[] shown, float[] difference) {
        float[] sum = new float[difference.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = shown[i] + difference[i];
        }
        return sum;
    }

    private static float[] difference(float[] answer, float[] shown) {
        float[] difference = new float[answer.length];
        for (int i = 0; i < difference.length; i++) {
            difference[i] = answer[i] - shown[i];
        }
        return difference;
    }

    private static double meanDifference(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs(a[i] - b[i]);
        }
        return sum / a.length;
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        return sum / values.length;
    }
}
