package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;

/**
 * TCD: Zheng et al., "Trajectory Consistency Distillation" (2024), algorithm 4: strategic stochastic sampling with γ,
 * here {@code eta}.
 *
 * <p>Reference: diffusers 0.36, scheduling_tcd.py.
 */
final class TcdScheduler extends AlphaScheduler {

    private static final double DEFAULT_GAMMA = 0.3;

    private final double gamma;

    TcdScheduler(SchedulerConfig config, int steps, double strength, StepArguments arguments) {
        super(
                config,
                ConsistencyTimesteps.of(config, steps, strength),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE));
        this.gamma = arguments.eta().orElse(DEFAULT_GAMMA);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        int previous = isLast(call) ? 0 : timestep(call + 1);
        int between = (int) Math.floor((float) (1 - gamma) * previous);
        float alphaProd = alphaProd(timestep(call));
        float alphaProdPrevious = alphaProd(previous);
        float alphaProdBetween = alphaProd(between);

        float[] image = image(output, alphaProd, sample);
        float[] epsilon = noise(output, alphaProd, sample, image);
        float[] noised = WeightedSum.of(sqrt(alphaProdBetween), image, sqrt(1 - alphaProdBetween), epsilon);
        if (gamma == 0 || isLast(call)) {
            return noised;
        }
        float ratio = alphaProdPrevious / alphaProdBetween;
        return WeightedSum.of(sqrt(ratio), noised, sqrt(1 - ratio), normal.next(sample.length));
    }
}
