package dev.triptych.diffusion.scheduler;

import java.util.function.DoubleUnaryOperator;

/**
 * The noise a model was trained with: ᾱ (and from it σ) for each training step, in float32 as the reference keeps it.
 *
 * <p>ᾱ_t = Π (1 − β_i), i ≤ t: Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models" (2020), equation 4. σ_t =
 * √((1 − ᾱ_t) / ᾱ_t): Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models" (2022).
 * Reference: diffusers 0.36, the constructors in src/diffusers/schedulers/. Float32 matters: torch rounds every β, and
 * multiplies ᾱ up in double before it rounds.
 */
final class NoiseSchedule {

    /** ᾱ where it would be 0, for schedulers that need a finite σ (4096). */
    private static final float SMALLEST_ALPHA = 0x1p-24f;

    /** The largest β of the cosine schedule. */
    private static final double MAX_BETA = 0.999;

    private final float[] alphasCumprod;

    private NoiseSchedule(float[] alphasCumprod) {
        this.alphasCumprod = alphasCumprod;
    }

    /** The schedule of a configuration; with {@code rescale_betas_zero_snr} its last ᾱ is 0. */
    static NoiseSchedule of(SchedulerConfig config) {
        float[] betas = betas(config);
        if (config.flag(ConfigKey.RESCALE_BETAS_ZERO_SNR)) {
            betas = rescaledToZeroSnr(betas);
        }
        return new NoiseSchedule(cumulativeAlphas(betas));
    }

    /** The same for schedulers that count in σ: a last ᾱ of 0 becomes 2⁻²⁴. */
    static NoiseSchedule withFiniteSigmas(SchedulerConfig config) {
        NoiseSchedule schedule = of(config);
        if (config.flag(ConfigKey.RESCALE_BETAS_ZERO_SNR)) {
            schedule.alphasCumprod[schedule.alphasCumprod.length - 1] = SMALLEST_ALPHA;
        }
        return schedule;
    }

    int trainSteps() {
        return alphasCumprod.length;
    }

    /** ᾱ_t. */
    float alphaProd(int timestep) {
        if (timestep < 0 || timestep >= alphasCumprod.length) {
            throw new IllegalArgumentException("a timestep must be between 0 and " + (alphasCumprod.length - 1)
                    + " but was " + timestep + "; fewer steps or a smaller steps_offset would do");
        }
        return alphasCumprod[timestep];
    }

    /** σ for each training step, ascending. */
    float[] sigmas() {
        float[] sigmas = new float[alphasCumprod.length];
        for (int t = 0; t < sigmas.length; t++) {
            sigmas[t] = (float) Math.sqrt((1 - alphasCumprod[t]) / alphasCumprod[t]);
        }
        return sigmas;
    }

    /** How many of the last training steps have a half log-SNR below {@code lambdaMin}. */
    int stepsBelow(double lambdaMin) {
        int below = 0;
        while (below < alphasCumprod.length && lambda(alphasCumprod.length - 1 - below) < (float) lambdaMin) {
            below++;
        }
        return below;
    }

    private float lambda(int timestep) {
        float alphaProd = alphasCumprod[timestep];
        float alpha = (float) Math.sqrt(alphaProd);
        float sigma = (float) Math.sqrt(1 - alphaProd);
        return (float) Math.log(alpha) - (float) Math.log(sigma);
    }

    /** β for each training step; ᾱ is the product of 1 − β. */
    static float[] betas(SchedulerConfig config) {
        double[] trained = config.numbers(ConfigKey.TRAINED_BETAS);
        if (trained.length > 0) {
            float[] betas = new float[trained.length];
            for (int i = 0; i < betas.length; i++) {
                betas[i] = (float) trained[i];
            }
            return betas;
        }
        int steps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        String schedule = config.text(ConfigKey.BETA_SCHEDULE);
        if (schedule.equals("squaredcos_cap_v2")) { // without a range: UnCLIPScheduler has no keys for one
            return betasOf(steps, t -> Math.pow(Math.cos((t + 0.008) / 1.008 * Math.PI / 2), 2));
        }
        double start = config.number(ConfigKey.BETA_START);
        double end = config.number(ConfigKey.BETA_END);
        return switch (schedule) {
            case "linear" -> linspace(start, end, steps);
            case "scaled_linear" -> squared(linspace(Math.sqrt(start), Math.sqrt(end), steps));
            case "exp" -> betasOf(steps, t -> Math.exp(-12 * t));
            case "laplace" -> betasOf(steps, NoiseSchedule::laplace);
            case "sigmoid" -> sigmoid(linspace(-6, 6, steps), start, end);
            default ->
                throw new IllegalArgumentException("beta_schedule must be " + ConfigKey.BETA_SCHEDULE.wanted()
                        + " but was " + (schedule.isEmpty() ? "null" : schedule));
        };
    }

    /**
     * {@code torch.linspace} in float32: from both ends to the middle, each value rounded once (the library is compiled
     * with fused multiply-add).
     */
    static float[] linspace(double from, double to, int count) {
        float start = (float) from;
        float end = (float) to;
        float step = count > 1 ? (end - start) / (count - 1) : 0;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 ? Math.fma(step, i, start) : Math.fma(-step, count - 1 - i, end);
        }
        if (count == 1) {
            values[0] = start;
        }
        return values;
    }

    private static float[] squared(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= values[i];
        }
        return values;
    }

    private static float[] sigmoid(float[] values, double start, double end) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (1 / (1 + Math.exp(-values[i]))) * (float) (end - start) + (float) start;
        }
        return values;
    }

    private static double laplace(double t) {
        double lambda = -0.5 * Math.copySign(1, 0.5 - t) * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6);
        double snr = Math.exp(lambda);
        return Math.sqrt(snr / (1 + snr));
    }

    /** β_i = 1 − ᾱ((i+1)/T) / ᾱ(i/T), capped: Nichol and Dhariwal, "Improved DDPM" (2021), equation 17. */
    private static float[] betasOf(int steps, DoubleUnaryOperator alphaBar) {
        float[] betas = new float[steps];
        for (int i = 0; i < steps; i++) {
            double ratio = alphaBar.applyAsDouble((i + 1.0) / steps) / alphaBar.applyAsDouble((double) i / steps);
            betas[i] = (float) Math.min(1 - ratio, MAX_BETA);
        }
        return betas;
    }

    private static float[] cumulativeAlphas(float[] betas) {
        float[] cumulative = new float[betas.length];
        double product = 1;
        for (int i = 0; i < betas.length; i++) {
            product *= 1 - betas[i];
            cumulative[i] = (float) product;
        }
        return cumulative;
    }

    /**
     * Shifts and scales √ᾱ so that the last is 0 and the first stays: Lin et al., "Common Diffusion Noise Schedules and
     * Sample Steps are Flawed" (2023), algorithm 1.
     */
    private static float[] rescaledToZeroSnr(float[] betas) {
        float[] root = cumulativeAlphas(betas);
        for (int i = 0; i < root.length; i++) {
            root[i] = (float) Math.sqrt(root[i]);
        }
        float first = root[0];
        float last = root[root.length - 1];
        float scale = first / (first - last);
        for (int i = 0; i < root.length; i++) {
            root[i] = (root[i] - last) * scale;
        }
        float[] alphaBar = squared(root);
        float[] rescaled = new float[alphaBar.length];
        rescaled[0] = 1 - alphaBar[0];
        for (int i = 1; i < alphaBar.length; i++) {
            rescaled[i] = 1 - alphaBar[i] / alphaBar[i - 1];
        }
        return rescaled;
    }
}
