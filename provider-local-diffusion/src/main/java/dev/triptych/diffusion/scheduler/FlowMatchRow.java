package dev.triptych.diffusion.scheduler;

import java.util.Optional;

/**
 * The σ of a rectified flow, from noise to picture, as FlowMatchEuler and FlowMatchHeun plan them: even times, shifted
 * (Esser et al., "Scaling Rectified Flow Transformers", 2024, equation 23), stretched, and given a shape. A static
 * shift applies twice to times that the scheduler states itself: once to the ends of the row, once to the row.
 *
 * <p>Reference: diffusers 0.42, scheduling_flow_match_euler_discrete.py, {@code set_timesteps}. What a pipeline states
 * is float32 there, what the scheduler states float64, and so is all that is made of it.
 */
final class FlowMatchRow {

    private final SchedulerConfig config;
    private final FlowTimes times;

    private FlowMatchRow(SchedulerConfig config, FlowTimes times) {
        this.config = config;
        this.times = times;
    }

    /** One σ for each step, descending. */
    static float[] of(SchedulerConfig config, int steps, FlowTimes times) {
        double[] row = new FlowMatchRow(config, times).row(steps);
        float[] sigmas = new float[steps];
        for (int i = 0; i < steps; i++) {
            sigmas[i] = (float) row[i];
        }
        return sigmas;
    }

    /** The times of σ: training steps. */
    static float[] timesteps(float[] sigmas, SchedulerConfig config) {
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        float[] timesteps = new float[sigmas.length];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = sigmas[i] * trainSteps;
        }
        return timesteps;
    }

    private double[] row(int steps) {
        double[] row = times.even() ? even(steps) : ownTimes(steps);
        for (int i = 0; i < steps; i++) {
            row[i] = isDynamic() ? movedBySize(row[i]) : shifted(row[i]);
        }
        double terminal = config.optionalNumber(ConfigKey.SHIFT_TERMINAL).orElse(0);
        if (terminal != 0) {
            stretch(row, terminal);
        }
        Optional<SigmaRange.Shape> shape = SigmaRange.Shape.of(config);
        return shape.isPresent() ? SigmaRange.of(config, row[0], row[steps - 1]).sigmas(shape.get(), steps) : row;
    }

    /** What the pipeline states. */
    private double[] even(int steps) {
        double[] row = TimestepSpacing.linspace(1, 1.0 / steps, steps);
        for (int i = 0; i < steps; i++) {
            row[i] = rounded(row[i]);
        }
        return row;
    }

    /** Evenly between the ends of the training times; those are shifted already where the shift is static. */
    private double[] ownTimes(int steps) {
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        float max = end(1f);
        float min = end(1f / trainSteps);
        double[] row = TimestepSpacing.linspace((double) max * trainSteps, (double) min * trainSteps, steps);
        for (int i = 0; i < steps; i++) {
            row[i] /= trainSteps;
        }
        return row;
    }

    private float end(float sigma) {
        if (isDynamic()) {
            return sigma;
        }
        double shift = config.number(ConfigKey.SHIFT);
        return (float) shift * sigma / (1 + (float) (shift - 1) * sigma);
    }

    private boolean isDynamic() {
        return config.flag(ConfigKey.USE_DYNAMIC_SHIFTING);
    }

    private double shifted(double sigma) {
        double shift = config.number(ConfigKey.SHIFT);
        double below = rounded(1 + rounded(rounded(shift - 1) * sigma));
        return rounded(rounded(rounded(shift) * sigma) / below);
    }

    /** {@code exp(mu) / (exp(mu) + 1/σ − 1)}; linear: mu in the place of exp(mu). */
    private double movedBySize(double sigma) {
        double mu = times.mu()
                .orElseThrow(() -> new IllegalArgumentException(
                        "use_dynamic_shifting of FlowMatchEulerDiscreteScheduler must be false but was true:"
                                + " it depends on the picture's size, which only Flux and its kin pass on"));
        boolean isLinear = config.text(ConfigKey.TIME_SHIFT_TYPE).equals("linear");
        double weight = rounded(isLinear ? mu : Math.exp(mu));
        return rounded(weight / rounded(weight + rounded(rounded(1 / sigma) - 1)));
    }

    /** Stretches a row, in place, so that its last σ is {@code terminal}. */
    private void stretch(double[] sigmas, double terminal) {
        double scale = rounded(rounded(1 - sigmas[sigmas.length - 1]) / rounded(1 - terminal));
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = rounded(1 - rounded(rounded(1 - sigmas[i]) / scale));
        }
    }

    /** As float32 where the pipeline stated the row. */
    private double rounded(double value) {
        return times.even() ? (float) value : value;
    }
}
