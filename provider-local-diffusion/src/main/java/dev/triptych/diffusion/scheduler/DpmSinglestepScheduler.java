package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;

/**
 * DPM-Solver and DPM-Solver++ as singlestep methods of order 1 to 3: a step of order k uses k calls, each of which goes
 * on from where the step started. Lu et al., "DPM-Solver" (2022), appendix D; "DPM-Solver++" (2022), algorithm 1.
 *
 * <p>Reference: diffusers 0.36, scheduling_dpmsolver_singlestep.py. The SDE variant draws noise at each call.
 */
final class DpmSinglestepScheduler extends LambdaScheduler {

    private final DpmSolver.Algorithm algorithm;
    private final boolean heun;
    private final int[] orders;
    private float[] startSample = {};

    DpmSinglestepScheduler(SchedulerConfig config, int steps) {
        super(config, LambdaLoop.of(config, steps), 3);
        this.algorithm = DpmSolver.Algorithm.of(config);
        if (algorithm == DpmSolver.Algorithm.SDE_DPMSOLVER) {
            throw new IllegalArgumentException("algorithm_type of DPMSolverSinglestepScheduler must be one of"
                    + " dpmsolver++, dpmsolver, sde-dpmsolver++ but was sde-dpmsolver");
        }
        this.heun = config.text(ConfigKey.SOLVER_TYPE).equals("heun");
        this.orders = orders(config, steps, solverOrder());
    }

    /** 1, 2, 3, 1, 2, 3, …; a remainder is filled with lower orders, and the last is 1 where σ ends at 0. */
    private static int[] orders(SchedulerConfig config, int steps, int solverOrder) {
        boolean endsAtZero = config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("zero");
        boolean lowerOrderFinal = config.flag(ConfigKey.LOWER_ORDER_FINAL) || endsAtZero || steps % solverOrder != 0;
        int[] orders = new int[steps];
        for (int i = 0; i < steps; i++) {
            orders[i] = i % solverOrder + 1;
        }
        if ((lowerOrderFinal && steps % solverOrder == 0) || endsAtZero) {
            orders[steps - 1] = 1;
        }
        return orders;
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        remember(algorithm.ofImages() ? image(output, call, sample) : epsilon(output, call, sample));
        int order = Math.min(orders[call], outputCount());
        if (order == 1) {
            startSample = sample;
        }
        DpmSolver weights = DpmSolver.of(algorithm, point(call + 1 - order), point(call + 1));
        float[] previous = switch (order) {
            case 1 -> WeightedSum.of(weights.sample(), startSample, weights.d0(), output(0));
            case 2 -> secondOrder(weights, call);
            default -> thirdOrder(weights, call);
        };
        return algorithm.stochastic()
                ? WeightedSum.of(1, previous, weights.noise(), normal.next(sample.length))
                : previous;
    }

    private float[] secondOrder(DpmSolver weights, int call) {
        float start = point(call - 1).lambda();
        float r0 = (point(call).lambda() - start) / (point(call + 1).lambda() - start);
        float[] m1 = output(1);
        float[] d1 = WeightedSum.difference(output(0), m1, 1 / r0);
        return WeightedSum.of(weights.sample(), startSample, weights.d0(), m1, weights.d1(heun), d1);
    }

    private float[] thirdOrder(DpmSolver weights, int call) {
        float start = point(call - 2).lambda();
        float h = point(call + 1).lambda() - start;
        float r0 = (point(call).lambda() - start) / h;
        float r1 = (point(call - 1).lambda() - start) / h;
        float[] m2 = output(2);
        float[] first = WeightedSum.difference(output(1), m2, 1 / r1);
        float[] whole = WeightedSum.difference(output(0), m2, 1 / r0);
        if (!heun) {
            return WeightedSum.of(weights.sample(), startSample, weights.d0(), m2, weights.d1Heun(), whole);
        }
        float[] d1 = WeightedSum.of(r0 / (r0 - r1), first, -r1 / (r0 - r1), whole);
        float[] d2 = WeightedSum.difference(whole, first, 2 / (r0 - r1));
        return WeightedSum.of(weights.sample(), startSample, weights.d0(), m2, weights.d1Heun(), d1, weights.d2(), d2);
    }
}
