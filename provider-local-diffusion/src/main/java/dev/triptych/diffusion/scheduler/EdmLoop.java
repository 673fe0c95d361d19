package dev.triptych.diffusion.scheduler;

import java.util.Arrays;
import java.util.EnumSet;

/**
 * The plan and the preconditioning of models trained after Karras et al., "Elucidating the Design Space of
 * Diffusion-Based Generative Models" (2022), such as Playground 2.5: σ needs no table of training steps, and the U-Net
 * is told ¼ ln σ in place of a timestep.
 *
 * <p>Reference: diffusers 0.36, scheduling_edm_euler.py and scheduling_edm_dpmsolver_multistep.py. The former rounds
 * its σ to float32 once, the latter computes them in float32.
 *
 * <table>
 * <caption>Symbols (table 1, column "Ours (EDM)")</caption>
 * <tr><td>σ_data</td><td>{@code sigmaData}</td></tr>
 * <tr><td>c_in, c_skip, c_out, c_noise</td><td>{@link #scaled}, {@link #image} and {@link #timesteps}</td></tr>
 * </table>
 *
 * @param sigmas {@code [steps + 1]}, descending; the last is 0 unless the configuration says otherwise
 * @param initNoiseSigma the factor of the first noise, √(σ_max² + 1)
 * @param sigmaData the standard deviation of the data
 * @param prediction what the model outputs, ε or v
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record EdmLoop(float[] sigmas, float initNoiseSigma, float sigmaData, PredictionType prediction) {

    static EdmLoop of(SchedulerConfig config, int steps) {
        double min = positive(config, ConfigKey.SIGMA_MIN);
        double max = positive(config, ConfigKey.SIGMA_MAX);
        if (min >= max) {
            throw new IllegalArgumentException(
                    "sigma_min of " + config.className() + " must be below sigma_max " + max + " but was " + min);
        }
        boolean inDouble = config.kind() == SchedulerKind.EDM_EULER;
        boolean exponential = config.text(ConfigKey.SIGMA_SCHEDULE).equals("exponential");
        double rho = positive(config, ConfigKey.RHO);
        float[] row = exponential
                ? exponential(min, max, steps)
                : inDouble ? karrasInDouble(min, max, rho, steps) : karras(min, max, rho, steps);
        float[] sigmas = Arrays.copyOf(row, steps + 1);
        boolean toZero = config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("zero");
        sigmas[steps] = toZero ? 0 : inDouble ? row[steps - 1] : (float) min;
        return new EdmLoop(
                sigmas,
                (float) Math.sqrt(max * max + 1),
                (float) positive(config, ConfigKey.SIGMA_DATA),
                PredictionType.of(config, EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION)));
    }

    private static double positive(SchedulerConfig config, ConfigKey key) {
        double value = config.number(key);
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    key.jsonName() + " of " + config.className() + " must be above 0 but was " + value);
        }
        return value;
    }

    /** Equation 5, over a ramp from 0 to 1. */
    private static float[] karrasInDouble(double min, double max, double rho, int count) {
        double minRoot = Math.pow(min, 1 / rho);
        double maxRoot = Math.pow(max, 1 / rho);
        double[] ramp = TimestepSpacing.linspace(0, 1, count);
        float[] sigmas = new float[count];
        for (int i = 0; i < count; i++) {
            sigmas[i] = (float) Math.pow(maxRoot + ramp[i] * (minRoot - maxRoot), rho);
        }
        return sigmas;
    }

    private static float[] karras(double min, double max, double rho, int count) {
        double minRoot = Math.pow(min, 1 / rho);
        double maxRoot = Math.pow(max, 1 / rho);
        float[] ramp = NoiseSchedule.linspace(0, 1, count);
        for (int i = 0; i < count; i++) {
            ramp[i] = (float) Math.pow((float) maxRoot + ramp[i] * (float) (minRoot - maxRoot), rho);
        }
        return ramp;
    }

    /** Even in ln σ, counted from the smallest. */
    private static float[] exponential(double min, double max, int count) {
        float[] logs = NoiseSchedule.linspace(Math.log(min), Math.log(max), count);
        float[] sigmas = new float[count];
        for (int i = 0; i < count; i++) {
            sigmas[i] = (float) Math.exp(logs[count - 1 - i]);
        }
        return sigmas;
    }

    /** c_noise of each call, {@code [steps]}. */
    float[] timesteps() {
        float[] timesteps = new float[sigmas.length - 1];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = 0.25f * (float) Math.log(sigmas[i]);
        }
        return timesteps;
    }

    /** c_in x: the sample as the U-Net was trained to see it. */
    float[] scaled(float[] sample, int call) {
        float sigma = sigmas[call];
        return WeightedSum.scaled(sample, 1 / (float) Math.sqrt(sigma * sigma + sigmaData * sigmaData));
    }

    /** c_skip x + c_out F(x): the predicted image x₀ of a sample with this σ. */
    float[] image(float[] output, float sigma, float[] sample) {
        float variance = sigma * sigma + sigmaData * sigmaData;
        float out = sigma * sigmaData / (float) Math.sqrt(variance);
        float sign = prediction == PredictionType.EPSILON ? 1 : -1;
        return WeightedSum.of(sigmaData * sigmaData / variance, sample, sign * out, output);
    }
}
