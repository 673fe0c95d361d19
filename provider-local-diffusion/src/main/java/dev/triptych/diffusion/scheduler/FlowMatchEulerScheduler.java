package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.Optional;

/**
 * Euler for rectified flow: Esser et al., "Scaling Rectified Flow Transformers" (2024), section 2 and equation 23 (the
 * shift of the timesteps). The model predicts the velocity from the image to the noise.
 *
 * <p>Reference: diffusers 0.42, scheduling_flow_match_euler_discrete.py. The shift applies twice: once to the ends of
 * the row, once to the row.
 */
final class FlowMatchEulerScheduler extends SteppedScheduler {

    private final float[] sigmas;
    private final boolean stochastic;

    FlowMatchEulerScheduler(SchedulerConfig config, int steps) {
        this(config, sigmas(config, steps));
    }

    private FlowMatchEulerScheduler(SchedulerConfig config, float[] sigmas) {
        super(timesteps(sigmas, config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS)));
        this.sigmas = sigmas;
        this.stochastic = config.flag(ConfigKey.STOCHASTIC_SAMPLING);
    }

    /** σ for each step, then 0; the other way round, then 1, where {@code invert_sigmas} says so. */
    private static float[] sigmas(SchedulerConfig config, int steps) {
        if (config.flag(ConfigKey.USE_DYNAMIC_SHIFTING)) {
            throw new IllegalArgumentException(
                    "use_dynamic_shifting of FlowMatchEulerDiscreteScheduler must be false but was true:"
                            + " it depends on the picture's size, which only Flux and its kin pass on");
        }
        double[] row = row(config, steps);
        boolean inverted = config.flag(ConfigKey.INVERT_SIGMAS);
        float[] sigmas = new float[steps + 1];
        for (int i = 0; i < steps; i++) {
            float sigma = (float) row[i];
            sigmas[i] = inverted ? 1 - sigma : sigma;
        }
        sigmas[steps] = inverted ? 1 : 0;
        return sigmas;
    }

    private static double[] row(SchedulerConfig config, int steps) {
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        float max = shiftedInFloat(1f, config);
        float min = shiftedInFloat(1f / trainSteps, config);
        double[] row = TimestepSpacing.linspace((double) max * trainSteps, (double) min * trainSteps, steps);
        double shift = config.number(ConfigKey.SHIFT);
        for (int i = 0; i < steps; i++) {
            double sigma = row[i] / trainSteps;
            row[i] = shift * sigma / (1 + (shift - 1) * sigma);
        }
        config.optionalNumber(ConfigKey.SHIFT_TERMINAL).ifPresent(terminal -> FlowSigmas.stretch(row, terminal));
        Optional<SigmaRange.Shape> shape = SigmaRange.Shape.of(config);
        return shape.isPresent() ? SigmaRange.of(config, row[0], row[steps - 1]).sigmas(shape.get(), steps) : row;
    }

    private static float shiftedInFloat(float sigma, SchedulerConfig config) {
        float shift = (float) config.number(ConfigKey.SHIFT);
        return shift * sigma / (1 + (float) (config.number(ConfigKey.SHIFT) - 1) * sigma);
    }

    private static float[] timesteps(float[] sigmas, int trainSteps) {
        float[] timesteps = new float[sigmas.length - 1];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = sigmas[i] * trainSteps;
        }
        return timesteps;
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float sigma = sigmas[call];
        float sigmaNext = sigmas[call + 1];
        if (!stochastic) {
            return WeightedSum.of(1, sample, sigmaNext - sigma, output);
        }
        float[] image = WeightedSum.of(1, sample, -sigma, output);
        return WeightedSum.of(1 - sigmaNext, image, sigmaNext, normal.next(sample.length));
    }

    /** σ z + (1 − σ) x: the straight line between image and noise. */
    @Override
    public float[] addNoise(float[] original, float[] noise, int callIndex) {
        return WeightedSum.of(sigmas[callIndex], noise, 1 - sigmas[callIndex], original);
    }
}
