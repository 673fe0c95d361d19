package dev.triptych.diffusion.scheduler;

import java.util.Arrays;

/** What is done to a predicted image x₀ before it is used: nothing, clipping, or dynamic thresholding. */
final class SampleLimit {

    private final boolean thresholding;
    private final float ratio;
    private final float maxValue;
    private final boolean clip;
    private final float range;

    private SampleLimit(SchedulerConfig config) {
        this.thresholding = config.flag(ConfigKey.THRESHOLDING);
        this.ratio = thresholding ? (float) config.number(ConfigKey.DYNAMIC_THRESHOLDING_RATIO) : 0;
        this.maxValue = thresholding ? (float) config.number(ConfigKey.SAMPLE_MAX_VALUE) : 0;
        this.clip = config.flag(ConfigKey.CLIP_SAMPLE);
        this.range = clip ? (float) config.number(ConfigKey.CLIP_SAMPLE_RANGE) : 0;
    }

    static SampleLimit of(SchedulerConfig config) {
        return new SampleLimit(config);
    }

    /** The limited image; the array itself where there is nothing to do. */
    float[] applyTo(float[] image) {
        if (thresholding) {
            return thresholded(image);
        }
        return clip ? clipped(image, range, 1) : image;
    }

    /** Whether images stay as they are. */
    boolean doesNothing() {
        return !thresholding && !clip;
    }

    boolean thresholds() {
        return thresholding;
    }

    /**
     * Clips at the quantile of |x₀| and divides by it: Saharia et al., "Photorealistic Text-to-Image Diffusion Models"
     * (2022), section 2.3; {@code _threshold_sample} of diffusers. The quantile is at least 1 and at most
     * {@code sample_max_value}.
     */
    private float[] thresholded(float[] image) {
        float limit = Math.min(Math.max(quantileOfMagnitude(image), 1), maxValue);
        return clipped(image, limit, limit);
    }

    private float quantileOfMagnitude(float[] image) {
        float[] magnitudes = new float[image.length];
        for (int i = 0; i < image.length; i++) {
            magnitudes[i] = Math.abs(image[i]);
        }
        Arrays.sort(magnitudes);
        float rank = ratio * (magnitudes.length - 1);
        int below = (int) rank;
        int above = (int) Math.ceil(rank);
        return Math.fma(rank - below, magnitudes[above] - magnitudes[below], magnitudes[below]);
    }

    private static float[] clipped(float[] image, float limit, float divisor) {
        float[] result = new float[image.length];
        for (int i = 0; i < image.length; i++) {
            result[i] = Math.min(Math.max(image[i], -limit), limit) / divisor;
        }
        return result;
    }
}
