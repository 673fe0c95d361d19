package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;
import java.util.OptionalDouble;

/**
 * DDIM: Song, Meng, Ermon, "Denoising Diffusion Implicit Models" (2020), equations 12 and 16.
 *
 * <p>Reference: diffusers 0.36, scheduling_ddim.py.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><td>ᾱ_t, ᾱ_{t−1}</td><td>{@code alphaProd}, {@code alphaProdPrevious}</td></tr>
 * <tr><td>σ_t(η)</td><td>{@code deviation}</td></tr>
 * </table>
 */
final class DdimScheduler extends AlphaScheduler {

    private final SampleLimit limit;
    private final int stride;
    private final float eta;

    DdimScheduler(SchedulerConfig config, int steps, StepArguments arguments) {
        super(
                config,
                TimestepSpacing.of(config).whole(steps),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE));
        this.limit = SampleLimit.of(config);
        this.stride = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS) / steps;
        this.eta = (float) arguments.eta().orElse(0);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float alphaProd = alphaProd(timestep(call));
        float alphaProdPrevious = alphaProdOrFinal(timestep(call) - stride);
        float[] predicted = image(output, alphaProd, sample);
        float[] epsilon = noise(output, alphaProd, sample, predicted);
        float[] image = limit.applyTo(predicted);

        float variance = (1 - alphaProdPrevious) / (1 - alphaProd) * (1 - alphaProd / alphaProdPrevious);
        float deviation = eta * sqrt(variance);
        float direction = sqrt(1 - alphaProdPrevious - deviation * deviation);
        float[] previous = WeightedSum.of(sqrt(alphaProdPrevious), image, direction, epsilon);
        return eta > 0 ? WeightedSum.of(1, previous, deviation, normal.next(sample.length)) : previous;
    }

    @Override
    public OptionalDouble noiseLeft(int call) {
        double alphaProd = alphaProd(timestep(call));
        double alphaProdPrevious = alphaProdOrFinal(timestep(call) - stride);
        if (eta > 0 || !limit.doesNothing()) {
            return OptionalDouble.empty();
        }
        double sigma = Math.sqrt((1 - alphaProd) / alphaProd);
        return OptionalDouble.of(Math.sqrt((1 - alphaProdPrevious) / alphaProdPrevious) / sigma);
    }
}
