package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;

/**
 * DDPM: Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models" (2020), equations 6 and 7 and algorithm 2.
 *
 * <p>Reference: diffusers 0.36, scheduling_ddpm.py. Noise is drawn at each call but one at timestep 0.
 */
final class DdpmScheduler extends AlphaScheduler {

    private static final float SMALLEST_VARIANCE = 1e-20f;

    private final SampleLimit limit;
    private final String varianceType;

    DdpmScheduler(SchedulerConfig config, int steps) {
        super(
                config,
                TimestepSpacing.of(config).whole(steps),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE));
        this.limit = SampleLimit.of(config);
        // A DPM-Solver's configuration may carry a null, which the reference treats as its default.
        String stated = config.text(ConfigKey.VARIANCE_TYPE);
        this.varianceType = stated.isEmpty() ? "fixed_small" : stated;
        if (!varianceType.matches("fixed_small|fixed_small_log|fixed_large")) {
            throw new IllegalArgumentException(
                    "variance_type of DDPMScheduler must be fixed_small, fixed_small_log or fixed_large but was "
                            + varianceType
                            + (varianceType.startsWith("learned")
                                    ? ", which needs a model that predicts its variance"
                                    : ", the root of whose logarithm is no number"));
        }
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float alphaProd = alphaProd(timestep(call));
        float alphaProdPrevious = isLast(call) ? 1 : alphaProd(timestep(call + 1));
        float alpha = alphaProd / alphaProdPrevious;
        float beta = 1 - alpha;
        float[] image = limit.applyTo(image(output, alphaProd, sample));

        float imageWeight = sqrt(alphaProdPrevious) * beta / (1 - alphaProd);
        float sampleWeight = sqrt(alpha) * (1 - alphaProdPrevious) / (1 - alphaProd);
        float[] previous = WeightedSum.of(imageWeight, image, sampleWeight, sample);
        if (timestep(call) == 0) {
            return previous;
        }
        float variance = Math.max((1 - alphaProdPrevious) / (1 - alphaProd) * beta, SMALLEST_VARIANCE);
        return WeightedSum.of(1, previous, deviation(variance, beta), normal.next(sample.length));
    }

    private float deviation(float variance, float beta) {
        return switch (varianceType) {
            case "fixed_large" -> sqrt(beta);
            case "fixed_small_log" -> (float) Math.exp(0.5f * (float) Math.log(variance));
            default -> sqrt(variance);
        };
    }
}
