package dev.triptych.diffusion.scheduler;

/**
 * σ of rectified flow (from 1 to 0, with α = 1 − σ) for schedulers of the DPM-Solver family: {@code use_flow_sigmas}.
 *
 * <p>Reference: diffusers 0.42, scheduling_dpmsolver_multistep.py and scheduling_unipc_multistep.py.
 */
final class FlowSigmas {

    /** UniPC keeps the first σ this far from 1, where its logarithm would be infinite. */
    private static final double GAP = 1e-6;

    private FlowSigmas() {}

    /** Evenly from 1 − 1/T downwards, then shifted: DPM-Solver's and DEIS's row. */
    static double[] ofSolver(SchedulerConfig config, int steps) {
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        double[] alphas = TimestepSpacing.linspace(1, 1.0 / trainSteps, steps + 1);
        double[] sigmas = new double[steps];
        for (int i = 0; i < steps; i++) {
            sigmas[i] = shifted(1 - alphas[steps - i], config);
        }
        return sigmas;
    }

    /** Evenly from 1 downwards, then shifted and stretched: UniPC's row. */
    static double[] ofUniPc(SchedulerConfig config, int steps) {
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        double[] even = TimestepSpacing.linspace(1, 1.0 / trainSteps, steps + 1);
        double[] sigmas = new double[steps];
        for (int i = 0; i < steps; i++) {
            sigmas[i] = shifted(even[i], config);
        }
        config.optionalNumber(ConfigKey.SHIFT_TERMINAL).ifPresent(terminal -> stretch(sigmas, terminal));
        if (Math.abs(sigmas[0] - 1) < GAP) {
            sigmas[0] -= GAP;
        }
        return sigmas;
    }

    /** Stretches a row, in place, so that its last σ is {@code terminal}; 0 leaves it alone. */
    static void stretch(double[] sigmas, double terminal) {
        if (terminal == 0) {
            return;
        }
        double scale = (1 - sigmas[sigmas.length - 1]) / (1 - terminal);
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = 1 - (1 - sigmas[i]) / scale;
        }
    }

    private static double shifted(double sigma, SchedulerConfig config) {
        double shift = config.number(ConfigKey.FLOW_SHIFT);
        return shift * sigma / (1 + (shift - 1) * sigma);
    }
}
