package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;

/**
 * Heun's second-order method: Karras et al. (2022), algorithm 1. The first call of a step is an Euler step; the second
 * repeats it with the mean of the derivatives at both ends.
 *
 * <p>Reference: diffusers 0.36, scheduling_heun_discrete.py.
 */
final class HeunScheduler extends SigmaScheduler {

    private final SampleLimit limit;
    private boolean halfWay;
    private float[] startSample = {};
    private float[] startDerivative = {};
    private float width;

    HeunScheduler(SchedulerConfig config, int steps) {
        this(config, SigmaLoop.of(config, steps));
    }

    private HeunScheduler(SchedulerConfig config, SigmaLoop loop) {
        super(
                config,
                loop,
                TwoCallTimesteps.atEnds(loop.timesteps()),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE));
        this.limit = SampleLimit.of(config);
    }

    @Override
    public int order() {
        return 2;
    }

    @Override
    float inputSigma(int call) {
        return sigma((call + 1) / 2);
    }

    @Override
    float noiseSigma(int call) {
        return sigma((call + 1) / 2);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float sigma = inputSigma(call);
        float[] image = limit.applyTo(image(output, sigma, sample));
        float[] derivative = derivative(sample, image, sigma);
        if (halfWay) {
            halfWay = false;
            float[] sum = WeightedSum.of(1, startDerivative, 1, derivative);
            return WeightedSum.of(1, startSample, width / 2, sum);
        }
        halfWay = true;
        startSample = sample;
        startDerivative = derivative;
        width = inputSigma(call + 1) - sigma;
        return WeightedSum.of(1, sample, width, derivative);
    }
}
