package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Improved PNDM: the fourth-order multistep of Liu et al. (2022), without Runge–Kutta start, in continuous time from 1
 * to 0; {@code iplms_sample} of Katherine Crowson's v-diffusion.
 *
 * <p>Reference: diffusers 0.36, scheduling_ipndm.py. Its timesteps are fractions of the training time, so it suits
 * models trained so, not Stable Diffusion.
 */
final class IpndmScheduler extends SteppedScheduler {

    private static final float SMALLEST_ALPHA = 1e-8f;

    /** Signal and noise amplitudes for each step and one more: α² + σ² = 1, except that a given σ is taken as it is. */
    private final float[] alphas;

    private final float[] sigmas;

    /** Newest first; at most four. */
    private final List<float[]> estimates = new ArrayList<>();

    IpndmScheduler(SchedulerConfig config, int steps) {
        this(sigmas(config, steps));
    }

    private IpndmScheduler(float[] sigmas) {
        this(sigmas, alphas(sigmas));
    }

    private IpndmScheduler(float[] sigmas, float[] alphas) {
        super(timesteps(sigmas, alphas));
        this.sigmas = sigmas;
        this.alphas = alphas;
    }

    private static float[] sigmas(SchedulerConfig config, int steps) {
        double[] trained = config.numbers(ConfigKey.TRAINED_BETAS);
        if (trained.length > 0 && trained.length != steps + 1) {
            throw new IllegalArgumentException("trained_betas of IPNDMScheduler must have one entry more than the "
                    + steps + " steps but had " + trained.length);
        }
        float[] sigmas = new float[steps + 1];
        float[] ramp = NoiseSchedule.linspace(1, 0, steps + 1);
        for (int i = 0; i < sigmas.length; i++) {
            float sine = (float) Math.sin(ramp[i] * (float) Math.PI / 2);
            sigmas[i] = trained.length > 0 ? (float) trained[i] : sine * sine;
        }
        return sigmas;
    }

    private static float[] alphas(float[] sigmas) {
        float[] alphas = new float[sigmas.length];
        for (int i = 0; i < alphas.length; i++) {
            alphas[i] = (float) Math.sqrt(1 - sigmas[i] * sigmas[i]);
        }
        return alphas;
    }

    private static float[] timesteps(float[] sigmas, float[] alphas) {
        float[] timesteps = new float[sigmas.length - 1];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = (float) Math.atan2(sigmas[i], alphas[i]) / (float) Math.PI * 2;
        }
        return timesteps;
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float sigma = sigmas[call];
        float alpha = alphas[call];
        estimates.add(0, WeightedSum.of(sigma, sample, alpha, output));
        if (estimates.size() > 4) {
            estimates.remove(4);
        }
        float[] epsilon = combined();
        float[] previous = new float[sample.length];
        for (int i = 0; i < previous.length; i++) {
            float image = (sample[i] - sigma * epsilon[i]) / Math.max(alpha, SMALLEST_ALPHA);
            previous[i] = alphas[call + 1] * image + epsilon[i] * sigmas[call + 1];
        }
        return previous;
    }

    private float[] combined() {
        float[] e0 = estimates.get(0);
        return switch (estimates.size()) {
            case 1 -> e0;
            case 2 -> WeightedSum.of(3 / 2f, e0, -1 / 2f, estimates.get(1));
            case 3 -> WeightedSum.of(23 / 12f, e0, -16 / 12f, estimates.get(1), 5 / 12f, estimates.get(2));
            default ->
                WeightedSum.of(
                        55 / 24f,
                        e0,
                        -59 / 24f,
                        estimates.get(1),
                        37 / 24f,
                        estimates.get(2),
                        -9 / 24f,
                        estimates.get(3));
        };
    }

    /** The reference has no rule for it; this is the one its amplitudes define: α x + σ z. */
    @Override
    public float[] addNoise(float[] original, float[] noise, int callIndex) {
        return WeightedSum.of(alphas[callIndex], original, sigmas[callIndex], noise);
    }
}
