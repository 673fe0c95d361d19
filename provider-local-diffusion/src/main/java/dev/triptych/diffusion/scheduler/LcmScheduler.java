package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;

/**
 * LCM: Luo et al., "Latent Consistency Models" (2023), algorithm 3, with the boundary condition of Song et al.,
 * "Consistency Models" (2023), equation 25.
 *
 * <p>Reference: diffusers 0.36, scheduling_lcm.py. Fresh noise at each call but the last.
 */
final class LcmScheduler extends AlphaScheduler {

    /** The standard deviation of the data the boundary condition assumes. */
    private static final float SIGMA_DATA = 0.5f;

    private final SampleLimit limit;
    private final double timestepScaling;

    LcmScheduler(SchedulerConfig config, int steps, double strength) {
        super(
                config,
                ConsistencyTimesteps.of(config, steps, strength),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE));
        this.limit = SampleLimit.of(config);
        this.timestepScaling = config.number(ConfigKey.TIMESTEP_SCALING);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float alphaProd = alphaProd(timestep(call));
        float[] image = limit.applyTo(image(output, alphaProd, sample));

        float scaled = (float) (timestep(call) * timestepScaling);
        float norm = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
        float skip = SIGMA_DATA * SIGMA_DATA / norm;
        float out = scaled / sqrt(norm);
        float[] denoised = WeightedSum.of(out, image, skip, sample);
        if (isLast(call)) {
            return denoised;
        }
        float alphaProdPrevious = alphaProd(timestep(call + 1));
        return WeightedSum.of(
                sqrt(alphaProdPrevious), denoised, sqrt(1 - alphaProdPrevious), normal.next(sample.length));
    }
}
