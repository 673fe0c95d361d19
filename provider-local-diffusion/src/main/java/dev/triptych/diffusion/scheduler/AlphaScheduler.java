package dev.triptych.diffusion.scheduler;

import java.util.EnumSet;

/**
 * A scheduler that walks the table of ᾱ at whole timesteps: DDIM, DDPM, PNDM, LCM, TCD.
 *
 * <p>Reference: diffusers 0.36, src/diffusers/schedulers/scheduling_ddim.py and its siblings.
 */
abstract class AlphaScheduler extends SteppedScheduler {

    private final NoiseSchedule schedule;
    private final int[] whole;
    private final PredictionType prediction;
    private final float finalAlphaProd;

    AlphaScheduler(SchedulerConfig config, int[] timesteps, EnumSet<PredictionType> supported) {
        super(TimestepSpacing.toFloat(timesteps));
        this.schedule = NoiseSchedule.of(config);
        this.whole = timesteps;
        this.prediction = PredictionType.of(config, supported);
        this.finalAlphaProd = config.flag(ConfigKey.SET_ALPHA_TO_ONE) ? 1 : schedule.alphaProd(0);
        for (int timestep : timesteps) {
            if (schedule.alphaProd(timestep) == 0 && prediction == PredictionType.EPSILON) {
                throw new IllegalArgumentException("prediction_type with rescale_betas_zero_snr must be v_prediction or"
                        + " sample, or timestep_spacing leading, but was epsilon at timestep " + timestep
                        + ", where a sample holds nothing of the picture");
            }
        }
    }

    final int timestep(int call) {
        return whole[call];
    }

    final float alphaProd(int timestep) {
        return schedule.alphaProd(timestep);
    }

    /** ᾱ, or the configured last one for a time before training time 0. */
    final float alphaProdOrFinal(int timestep) {
        return timestep >= 0 ? schedule.alphaProd(timestep) : finalAlphaProd;
    }

    final PredictionType prediction() {
        return prediction;
    }

    /** The predicted image x₀. */
    final float[] image(float[] output, float alphaProd, float[] sample) {
        float signal = sqrt(alphaProd);
        float noise = sqrt(1 - alphaProd);
        if (prediction == PredictionType.SAMPLE) {
            return output;
        }
        if (prediction == PredictionType.V_PREDICTION) {
            return WeightedSum.of(signal, sample, -noise, output);
        }
        float[] image = new float[sample.length];
        for (int i = 0; i < image.length; i++) {
            image[i] = (sample[i] - noise * output[i]) / signal;
        }
        return image;
    }

    /** The predicted noise ε, given what {@link #image} made of the same output. */
    final float[] noise(float[] output, float alphaProd, float[] sample, float[] image) {
        float signal = sqrt(alphaProd);
        float noise = sqrt(1 - alphaProd);
        return switch (prediction) {
            case EPSILON, FLOW_PREDICTION -> output;
            case V_PREDICTION -> WeightedSum.of(signal, output, noise, sample);
            case SAMPLE -> {
                float[] epsilon = new float[sample.length];
                for (int i = 0; i < epsilon.length; i++) {
                    epsilon[i] = (sample[i] - signal * image[i]) / noise;
                }
                yield epsilon;
            }
        };
    }

    /** √ᾱ x + √(1−ᾱ) z: DDPM (2020), equation 4. */
    @Override
    public final float[] addNoise(float[] original, float[] noise, int callIndex) {
        float alphaProd = schedule.alphaProd(whole[callIndex]);
        return WeightedSum.of(sqrt(alphaProd), original, sqrt(1 - alphaProd), noise);
    }

    static float sqrt(float value) {
        return (float) Math.sqrt(value);
    }
}
