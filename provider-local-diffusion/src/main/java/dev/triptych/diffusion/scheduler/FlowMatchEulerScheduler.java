package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.OptionalDouble;

/**
 * Euler for rectified flow: Esser et al., "Scaling Rectified Flow Transformers" (2024), section 2. The model predicts
 * the velocity from the image to the noise.
 *
 * <p>Reference: diffusers 0.42, scheduling_flow_match_euler_discrete.py.
 */
final class FlowMatchEulerScheduler extends SteppedScheduler {

    private final float[] sigmas;
    private final boolean stochastic;

    FlowMatchEulerScheduler(SchedulerConfig config, int steps, FlowTimes times) {
        this(config, row(config, steps, times));
    }

    private FlowMatchEulerScheduler(SchedulerConfig config, float[] row) {
        super(FlowMatchRow.timesteps(row, config));
        this.sigmas = withEnd(row, config.flag(ConfigKey.INVERT_SIGMAS) ? 1 : 0);
        this.stochastic = config.flag(ConfigKey.STOCHASTIC_SAMPLING);
    }

    /** σ for each step; the other way round, from picture to noise, where {@code invert_sigmas} says so. */
    private static float[] row(SchedulerConfig config, int steps, FlowTimes times) {
        float[] row = FlowMatchRow.of(config, steps, times);
        if (config.flag(ConfigKey.INVERT_SIGMAS)) {
            for (int i = 0; i < steps; i++) {
                row[i] = 1 - row[i];
            }
        }
        return row;
    }

    private static float[] withEnd(float[] row, float end) {
        float[] sigmas = new float[row.length + 1];
        System.arraycopy(row, 0, sigmas, 0, row.length);
        sigmas[row.length] = end;
        return sigmas;
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

    /** Picture and noise are mixed as (1 − σ) and σ: their ratio counts. */
    @Override
    public OptionalDouble noiseLeft(int call) {
        double sigma = sigmas[call];
        double next = sigmas[call + 1];
        return stochastic || next >= sigma
                ? OptionalDouble.empty()
                : OptionalDouble.of(next * (1 - sigma) / (sigma * (1 - next)));
    }
}
