package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;
import java.util.OptionalDouble;

/**
 * Euler with churn: Karras et al. (2022), algorithm 2 without its second-order correction.
 *
 * <p>Reference: diffusers 0.36, scheduling_euler_discrete.py. Noise is drawn only at calls that churn.
 */
final class EulerScheduler extends SigmaScheduler {

    private final Churn churn;

    EulerScheduler(SchedulerConfig config, int steps, StepArguments arguments) {
        this(config, SigmaLoop.of(config, steps), arguments);
    }

    private EulerScheduler(SchedulerConfig config, SigmaLoop loop, StepArguments arguments) {
        super(
                config,
                loop,
                timesteps(config, loop),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE));
        this.churn = new Churn(loop.sigmas().length - 1, arguments);
    }

    /** A continuous model is told ¼ ln σ instead of a training step. */
    private static float[] timesteps(SchedulerConfig config, SigmaLoop loop) {
        if (config.countsTrainingTime()) {
            return loop.timesteps();
        }
        float[] timesteps = new float[loop.sigmas().length - 1];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = 0.25f * (float) Math.log(loop.sigmas()[i]);
        }
        return timesteps;
    }

    @Override
    float inputSigma(int call) {
        return sigma(call);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float sigma = sigma(call);
        double gamma = churn.gamma(sigma);
        float churned = sigma * (float) (gamma + 1);
        float[] lifted = sample;
        if (gamma > 0) {
            lifted = WeightedSum.of(1, sample, churn.added(sigma, churned), normal.next(sample.length));
        }
        float[] image = image(output, sigma, churned, lifted);
        float[] derivative = derivative(lifted, image, churned);
        return WeightedSum.of(1, lifted, sigma(call + 1) - churned, derivative);
    }

    @Override
    public OptionalDouble noiseLeft(int call) {
        return churn.gamma(sigma(call)) > 0 ? OptionalDouble.empty() : OptionalDouble.of(sigma(call + 1) / sigma(call));
    }
}
