package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;
import java.util.OptionalDouble;

/**
 * Euler ancestral: an Euler step to a lower σ, then fresh noise up to the wanted one; {@code sample_euler_ancestral} of
 * k-diffusion.
 *
 * <p>Reference: diffusers 0.36, scheduling_euler_ancestral_discrete.py. Noise is drawn at each call, also at the last,
 * where it counts 0.
 */
final class EulerAncestralScheduler extends SigmaScheduler {

    EulerAncestralScheduler(SchedulerConfig config, int steps) {
        this(config, SigmaLoop.of(config, steps));
    }

    private EulerAncestralScheduler(SchedulerConfig config, SigmaLoop loop) {
        super(config, loop, loop.timesteps(), EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION));
    }

    @Override
    float inputSigma(int call) {
        return sigma(call);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float sigma = sigma(call);
        AncestralSplit split = AncestralSplit.of(sigma, sigma(call + 1));
        float[] derivative = derivative(sample, image(output, sigma, sample), sigma);
        return WeightedSum.of(1, sample, split.down() - sigma, derivative, split.up(), normal.next(sample.length));
    }

    @Override
    public OptionalDouble noiseLeft(int call) {
        return OptionalDouble.of(AncestralSplit.of(sigma(call), sigma(call + 1)).down() / sigma(call));
    }
}
