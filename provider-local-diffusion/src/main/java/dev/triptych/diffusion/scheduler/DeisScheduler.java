package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;

/**
 * DEIS: Zhang and Chen, "Fast Sampling of Diffusion Models with Exponential Integrator" (2022), in its ρAB form: the
 * noise is extrapolated by a polynomial in ln ρ, ρ = σ/α, and integrated exactly.
 *
 * <p>Reference: diffusers 0.36, scheduling_deis_multistep.py.
 */
final class DeisScheduler extends LambdaScheduler {

    private final boolean lowerOrderFinal;

    DeisScheduler(SchedulerConfig config, int steps) {
        super(config, LambdaLoop.of(config, steps), 3);
        this.lowerOrderFinal = config.flag(ConfigKey.LOWER_ORDER_FINAL);
        if (!config.text(ConfigKey.ALGORITHM_TYPE).equals("deis")) {
            throw new IllegalArgumentException("algorithm_type of DEISMultistepScheduler must be deis but was "
                    + config.text(ConfigKey.ALGORITHM_TYPE));
        }
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        LambdaLoop.Point point = point(call);
        int order = order(call);
        remember(unscaled(sample, image(output, call, sample), point.alpha(), point.sigma()));
        return switch (order) {
            case 1 -> firstOrder(call, sample);
            case 2 -> secondOrder(call, sample);
            default -> thirdOrder(call, sample);
        };
    }

    private int order(int call) {
        int order = Math.min(solverOrder(), outputCount() + 1);
        if (lowerOrderFinal && isShortAndEnds(call, 0)) {
            return 1;
        }
        return lowerOrderFinal && isShortAndEnds(call, 1) ? Math.min(order, 2) : order;
    }

    /** DDIM, which is DPM-Solver of order 1. */
    private float[] firstOrder(int call, float[] sample) {
        DpmSolver weights = DpmSolver.of(DpmSolver.Algorithm.DPMSOLVER, point(call), point(call + 1));
        return WeightedSum.of(weights.sample(), sample, weights.d0(), output(0));
    }

    private float[] secondOrder(int call, float[] sample) {
        float t = rho(call + 1);
        float s0 = rho(call);
        float s1 = rho(call - 1);
        float c0 = integral(t, s0, s1) - integral(s0, s0, s1);
        float c1 = integral(t, s1, s0) - integral(s0, s1, s0);
        float alpha = point(call + 1).alpha();
        return WeightedSum.of(alpha / point(call).alpha(), sample, alpha * c0, output(0), alpha * c1, output(1));
    }

    private float[] thirdOrder(int call, float[] sample) {
        float t = rho(call + 1);
        float s0 = rho(call);
        float s1 = rho(call - 1);
        float s2 = rho(call - 2);
        float c0 = integral(t, s0, s1, s2) - integral(s0, s0, s1, s2);
        float c1 = integral(t, s1, s2, s0) - integral(s0, s1, s2, s0);
        float c2 = integral(t, s2, s0, s1) - integral(s0, s2, s0, s1);
        float alpha = point(call + 1).alpha();
        return WeightedSum.of(
                alpha / point(call).alpha(),
                sample,
                alpha * c0,
                output(0),
                alpha * c1,
                output(1),
                alpha * c2,
                output(2));
    }

    private float rho(int step) {
        return point(step).sigma() / point(step).alpha();
    }

    /** ∫ (ln t − ln c) / (ln b − ln c) dt. */
    private static float integral(float t, float b, float c) {
        return t * (-log(c) + log(t) - 1) / (log(b) - log(c));
    }

    /** ∫ (ln t − ln c)(ln t − ln d) / ((ln b − ln c)(ln b − ln d)) dt. */
    private static float integral(float t, float b, float c, float d) {
        float numerator =
                t * (log(c) * (log(d) - log(t) + 1) - log(d) * log(t) + log(d) + log(t) * log(t) - 2 * log(t) + 2);
        return numerator / ((log(b) - log(c)) * (log(b) - log(d)));
    }

    private static float log(float value) {
        return (float) Math.log(value);
    }
}
