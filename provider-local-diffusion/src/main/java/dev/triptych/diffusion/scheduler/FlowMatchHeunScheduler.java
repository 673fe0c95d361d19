package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;

/**
 * Heun's second-order method for rectified flow: the first call of a step is an Euler step, the second repeats it with
 * the mean of the velocities at both ends; the last step has one call.
 *
 * <p>Reference: diffusers 0.42, scheduling_flow_match_heun_discrete.py, which knows a static shift alone.
 */
final class FlowMatchHeunScheduler extends SteppedScheduler {

    private final float[] sigmas;
    private boolean halfWay;
    private float[] startSample = {};
    private float[] startVelocity = {};
    private float width;

    FlowMatchHeunScheduler(SchedulerConfig config, int steps) {
        this(config, TwoCallTimesteps.atEnds(FlowMatchRow.of(config, steps, FlowTimes.ofScheduler())));
    }

    /** @param sigmas for each call */
    private FlowMatchHeunScheduler(SchedulerConfig config, float[] sigmas) {
        super(FlowMatchRow.timesteps(sigmas, config));
        this.sigmas = sigmas;
    }

    @Override
    public int order() {
        return 2;
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float[] velocity = velocity(output, sigmas[call], sample);
        if (halfWay) {
            halfWay = false;
            float[] sum = WeightedSum.of(1, startVelocity, 1, velocity);
            return WeightedSum.of(1, startSample, width, WeightedSum.scaled(sum, 0.5f));
        }
        halfWay = !isLast(call);
        startSample = sample;
        startVelocity = velocity;
        width = (isLast(call) ? 0 : sigmas[call + 1]) - sigmas[call];
        return WeightedSum.of(1, sample, width, velocity);
    }

    /** The output, by way of the image that it means: so the reference rounds it. */
    private static float[] velocity(float[] output, float sigma, float[] sample) {
        float[] image = WeightedSum.of(1, sample, -sigma, output);
        float[] velocity = new float[sample.length];
        for (int i = 0; i < velocity.length; i++) {
            velocity[i] = (sample[i] - image[i]) / sigma;
        }
        return velocity;
    }

    /** σ z + (1 − σ) x: the straight line between image and noise. */
    @Override
    public float[] addNoise(float[] original, float[] noise, int callIndex) {
        return WeightedSum.of(sigmas[callIndex], noise, 1 - sigmas[callIndex], original);
    }
}
