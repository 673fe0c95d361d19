package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;

/**
 * Euler with churn for {@linkplain EdmLoop EDM models}: Karras et al. (2022), algorithm 2 without its second-order
 * correction.
 *
 * <p>Reference: diffusers 0.36, scheduling_edm_euler.py. Noise is drawn only at calls that churn.
 */
final class EdmEulerScheduler extends SteppedScheduler {

    private final EdmLoop loop;
    private final Churn churn;

    EdmEulerScheduler(SchedulerConfig config, int steps, StepArguments arguments) {
        this(EdmLoop.of(config, steps), new Churn(steps, arguments));
    }

    private EdmEulerScheduler(EdmLoop loop, Churn churn) {
        super(loop.timesteps());
        this.loop = loop;
        this.churn = churn;
    }

    @Override
    public float initNoiseSigma() {
        return loop.initNoiseSigma();
    }

    @Override
    public float[] scaleModelInput(float[] sample, int callIndex) {
        return loop.scaled(sample, callIndex);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float sigma = loop.sigmas()[call];
        double gamma = churn.gamma(sigma);
        float churned = sigma * (float) (gamma + 1);
        float[] lifted =
                gamma > 0 ? WeightedSum.of(1, sample, churn.added(sigma, churned), normal.next(sample.length)) : sample;
        float[] image = loop.image(output, churned, lifted);
        float[] derivative = SigmaScheduler.derivative(lifted, image, churned);
        return WeightedSum.of(1, lifted, loop.sigmas()[call + 1] - churned, derivative);
    }

    /** x + σ z. */
    @Override
    public float[] addNoise(float[] original, float[] noise, int callIndex) {
        return WeightedSum.of(1, original, loop.sigmas()[callIndex], noise);
    }
}
