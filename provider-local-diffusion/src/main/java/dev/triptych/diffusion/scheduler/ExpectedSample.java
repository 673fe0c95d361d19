package dev.triptych.diffusion.scheduler;

import java.util.Set;

/**
 * What a prediction says about the end: the sample that a network expects, from what it was shown. Immutable.
 *
 * <p>What a network is shown is {@code x = √ᾱ x₀ + √(1−ᾱ) ε} with every scheduler that counts training time: those that
 * count in σ scale their latents so before each evaluation. Symbols as in {@link PredictionType}. Reference: diffusers
 * 0.36, schedulers/scheduling_ddim.py, {@code step}, equation 12 of Song et al., "Denoising Diffusion Implicit Models"
 * (2020).
 */
public final class ExpectedSample {

    private final NoiseSchedule schedule;
    private final PredictionType type;

    private ExpectedSample(NoiseSchedule schedule, PredictionType type) {
        this.schedule = schedule;
        this.type = type;
    }

    /**
     * The rule of a configuration.
     *
     * @throws IllegalArgumentException if its times are no training steps, or its predictions of another kind
     */
    public static ExpectedSample of(SchedulerConfig config) {
        if (!config.countsTrainingTime()) {
            throw new IllegalArgumentException(
                    "must count its times in training steps but was " + config.className() + ", which counts in σ");
        }
        return new ExpectedSample(
                NoiseSchedule.of(config),
                PredictionType.of(
                        config, Set.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE)));
    }

    /** σ = √((1−ᾱ)/ᾱ) at a time in training steps; infinite where nothing but noise is left. */
    public double sigma(float timestep) {
        double alphaProd = alphaProd(timestep);
        return Math.sqrt((1 - alphaProd) / alphaProd);
    }

    /**
     * x₀ as the network expects it.
     *
     * @param input what it was shown, scaled
     * @param prediction its answer, guided or not
     * @param timestep when, in training steps
     */
    public float[] of(float[] input, float[] prediction, float timestep) {
        double alphaProd = alphaProd(timestep);
        double signal = Math.sqrt(alphaProd);
        double noise = Math.sqrt(1 - alphaProd);
        float[] expected = new float[prediction.length];
        for (int i = 0; i < expected.length; i++) {
            double x0 = switch (type) {
                case EPSILON -> (input[i] - noise * prediction[i]) / Math.max(signal, 1e-4);
                case V_PREDICTION -> signal * input[i] - noise * prediction[i];
                case SAMPLE, FLOW_PREDICTION -> prediction[i];
            };
            expected[i] = (float) x0;
        }
        return expected;
    }

    /** ᾱ, between two training steps on the straight line. */
    private double alphaProd(float timestep) {
        int last = schedule.trainSteps() - 1;
        double time = Math.min(Math.max(timestep, 0), last);
        int below = (int) time;
        double part = time - below;
        return (1 - part) * schedule.alphaProd(below) + part * schedule.alphaProd(Math.min(below + 1, last));
    }
}
