package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;

/**
 * DPM-Solver and DPM-Solver++ as multistep methods of order 1 to 3, and their SDE variants: Lu et al., "DPM-Solver++:
 * Fast Solver for Guided Sampling of Diffusion Probabilistic Models" (2022), algorithm 2. "DPM++ 2M" of other tools.
 *
 * <p>Reference: diffusers 0.36, scheduling_dpmsolver_multistep.py. The SDE variants draw noise at each call.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><td>h, r₀, r₁</td><td>steps in λ: this one, and earlier ones as a fraction of it</td></tr>
 * <tr><td>m₀, m₁, m₂</td><td>converted outputs, newest first</td></tr>
 * <tr><td>D₀, D₁, D₂</td><td>output and its divided differences</td></tr>
 * </table>
 */
class DpmMultistepScheduler extends LambdaScheduler {

    private final DpmSolver.Algorithm algorithm;
    private final boolean heun;
    private final boolean lowerOrderFinal;
    private final boolean eulerAtFinal;
    private final boolean endsAtZero;

    DpmMultistepScheduler(SchedulerConfig config, int steps) {
        this(config, LambdaLoop.of(config, steps));
    }

    DpmMultistepScheduler(SchedulerConfig config, LambdaLoop loop) {
        super(config, loop, 3);
        this.algorithm = DpmSolver.Algorithm.of(config);
        this.heun = config.text(ConfigKey.SOLVER_TYPE).equals("heun");
        this.lowerOrderFinal = config.flag(ConfigKey.LOWER_ORDER_FINAL);
        this.eulerAtFinal = config.flag(ConfigKey.EULER_AT_FINAL);
        this.endsAtZero = config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("zero");
        if (algorithm == DpmSolver.Algorithm.SDE_DPMSOLVER && solverOrder() == 3) {
            throw new IllegalArgumentException("solver_order of algorithm_type sde-dpmsolver must be 1 or 2 but was 3");
        }
    }

    @Override
    final float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        int order = order(call);
        remember(algorithm.ofImages() ? image(output, call, sample) : epsilon(output, call, sample));
        DpmSolver weights = DpmSolver.of(algorithm, point(call), point(call + 1));
        float[] previous = switch (order) {
            case 1 -> WeightedSum.of(weights.sample(), sample, weights.d0(), output(0));
            case 2 -> secondOrder(weights, call, sample);
            default -> thirdOrder(weights, call, sample);
        };
        return algorithm.stochastic()
                ? WeightedSum.of(1, previous, weights.noise(), normal.next(sample.length))
                : previous;
    }

    /** As high as there are outputs, but low at the end of a short loop, and 1 where σ ends at 0. */
    private int order(int call) {
        int order = Math.min(solverOrder(), outputCount() + 1);
        boolean euler = isLast(call) && (eulerAtFinal || endsAtZero);
        if (euler || (lowerOrderFinal && isShortAndEnds(call, 0))) {
            return 1;
        }
        return lowerOrderFinal && isShortAndEnds(call, 1) ? Math.min(order, 2) : order;
    }

    private float[] secondOrder(DpmSolver weights, int call, float[] sample) {
        float h = point(call + 1).lambda() - point(call).lambda();
        float r0 = (point(call).lambda() - point(call - 1).lambda()) / h;
        float[] m0 = output(0);
        float[] d1 = WeightedSum.difference(m0, output(1), 1 / r0);
        return WeightedSum.of(weights.sample(), sample, weights.d0(), m0, weights.d1(heun), d1);
    }

    private float[] thirdOrder(DpmSolver weights, int call, float[] sample) {
        float h = point(call + 1).lambda() - point(call).lambda();
        float r0 = (point(call).lambda() - point(call - 1).lambda()) / h;
        float r1 = (point(call - 1).lambda() - point(call - 2).lambda()) / h;
        float[] m0 = output(0);
        float[] newer = WeightedSum.difference(m0, output(1), 1 / r0);
        float[] older = WeightedSum.difference(output(1), output(2), 1 / r1);
        float[] change = WeightedSum.difference(newer, older, 1);
        float[] d1 = WeightedSum.of(1, newer, r0 / (r0 + r1), change);
        float[] d2 = WeightedSum.scaled(change, 1 / (r0 + r1));
        return WeightedSum.of(weights.sample(), sample, weights.d0(), m0, weights.d1Heun(), d1, weights.d2(), d2);
    }
}
