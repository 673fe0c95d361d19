package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;

/**
 * DDPM as the stages of unCLIP step: over a cosine table, between any two of its moments, with a variance that the
 * model may predict. Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models" (2020), equations 6 and 7; Nichol and
 * Dhariwal, "Improved Denoising Diffusion Probabilistic Models" (2021), equation 15 for the learned range.
 *
 * <p>Reference: diffusers 0.42, scheduling_unclip.py. Noise is drawn at each call but one at timestep 0. A model of a
 * learned range gives twice as many values as the sample has: the prediction, then where its variance lies between that
 * of the posterior (−1) and β (1).
 */
final class UnClipScheduler extends SteppedScheduler {

    private static final float SMALLEST_VARIANCE = 1e-20f;
    private static final int FEWEST_STEPS = 2;

    private final NoiseSchedule schedule;
    private final float[] betas;
    private final int[] whole;
    private final boolean predictsSample;
    private final boolean learnedRange;
    private final boolean clips;
    private final float clipRange;

    UnClipScheduler(SchedulerConfig config, int steps) {
        this(config, moments(config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS), steps));
    }

    private UnClipScheduler(SchedulerConfig config, int[] timesteps) {
        super(TimestepSpacing.toFloat(timesteps));
        this.whole = timesteps;
        requireWord(config, ConfigKey.BETA_SCHEDULE, "squaredcos_cap_v2");
        requireWord(config, ConfigKey.PREDICTION_TYPE, "epsilon", "sample");
        requireWord(config, ConfigKey.VARIANCE_TYPE, "fixed_small_log", "learned_range");
        this.schedule = NoiseSchedule.of(config);
        this.betas = NoiseSchedule.betas(config);
        this.predictsSample = config.text(ConfigKey.PREDICTION_TYPE).equals("sample");
        this.learnedRange = config.text(ConfigKey.VARIANCE_TYPE).equals("learned_range");
        this.clips = config.flag(ConfigKey.CLIP_SAMPLE);
        this.clipRange = clips ? (float) config.number(ConfigKey.CLIP_SAMPLE_RANGE) : 0;
    }

    /** Both ends of the table and moments between them, rounded half to even. */
    private static int[] moments(int trainSteps, int steps) {
        if (steps < FEWEST_STEPS) {
            throw new IllegalArgumentException(
                    "steps of UnCLIPScheduler must be at least " + FEWEST_STEPS + " but were " + steps);
        }
        double ratio = (trainSteps - 1) / (double) (steps - 1);
        int[] timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (int) Math.rint((steps - 1 - i) * ratio);
        }
        return timesteps;
    }

    private static void requireWord(SchedulerConfig config, ConfigKey key, String... words) {
        String found = config.text(key);
        for (String word : words) {
            if (word.equals(found)) {
                return;
            }
        }
        throw new IllegalArgumentException(key.jsonName() + " of UnCLIPScheduler must be " + String.join(" or ", words)
                + " but was " + (found.isEmpty() ? "null" : found));
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        int t = whole[call];
        int previous = isLast(call) ? t - 1 : whole[call + 1];
        float alphaProd = schedule.alphaProd(t);
        float alphaProdPrevious = previous >= 0 ? schedule.alphaProd(previous) : 1;
        float beta = previous == t - 1 ? betas[t] : 1 - alphaProd / alphaProdPrevious;
        float alpha = 1 - beta;

        float imageWeight = (float) Math.sqrt(alphaProdPrevious) * beta / (1 - alphaProd);
        float sampleWeight = (float) Math.sqrt(alpha) * (1 - alphaProdPrevious) / (1 - alphaProd);
        float[] mean = WeightedSum.of(imageWeight, image(output, alphaProd, sample), sampleWeight, sample);
        if (t == 0) {
            return mean;
        }
        float[] noise = normal.next(sample.length);
        float variance = (1 - alphaProdPrevious) / (1 - alphaProd) * beta;
        float fixed = (float) Math.log(Math.max(variance, SMALLEST_VARIANCE));
        float widest = (float) Math.log(beta);
        for (int i = 0; i < mean.length; i++) {
            float logVariance = learnedRange ? between(fixed, widest, output[sample.length + i]) : fixed;
            mean[i] += (float) Math.exp(0.5f * logVariance) * noise[i];
        }
        return mean;
    }

    /** Between the logarithms of two variances; {@code where} is −1 at the first and 1 at the second. */
    private static float between(float fixed, float widest, float where) {
        float part = (where + 1) / 2;
        return part * widest + (1 - part) * fixed;
    }

    /** The predicted x₀, clipped. */
    private float[] image(float[] output, float alphaProd, float[] sample) {
        float signal = (float) Math.sqrt(alphaProd);
        float noise = (float) Math.sqrt(1 - alphaProd);
        float[] image = new float[sample.length];
        for (int i = 0; i < image.length; i++) {
            float value = predictsSample ? output[i] : (sample[i] - noise * output[i]) / signal;
            image[i] = clips ? Math.min(Math.max(value, -clipRange), clipRange) : value;
        }
        return image;
    }

    /** √ᾱ x + √(1−ᾱ) z: DDPM (2020), equation 4. */
    @Override
    public float[] addNoise(float[] original, float[] noise, int callIndex) {
        float alphaProd = schedule.alphaProd(whole[callIndex]);
        return WeightedSum.of((float) Math.sqrt(alphaProd), original, (float) Math.sqrt(1 - alphaProd), noise);
    }
}
