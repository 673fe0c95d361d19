package dev.triptych.diffusion.scheduler;

import java.util.Arrays;
import java.util.Optional;

/**
 * The plan of a loop of the DPM-Solver family, which steps evenly in λ, the half log-SNR: whole timesteps, and a σ for
 * each step and one more.
 *
 * <p>Reference: diffusers 0.36 (UniPC's flow rows: 0.42), {@code set_timesteps} in scheduling_dpmsolver_multistep.py,
 * scheduling_dpmsolver_singlestep.py, scheduling_deis_multistep.py and scheduling_unipc_multistep.py. Unlike
 * {@link SigmaLoop}, a Karras, exponential or beta row spans the whole training table.
 *
 * @param timesteps {@code [steps]}, descending; whole numbers but for EDM models
 * @param points {@code [steps + 1]}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record LambdaLoop(float[] timesteps, Point[] points) {

    /**
     * A point of the loop: x = α x₀ + σ z.
     *
     * @param raw σ as the table has it, before it is scaled to unit variance
     * @param alpha the signal's amplitude
     * @param sigma the noise's amplitude
     * @param lambda ln α − ln σ; infinite where σ is 0
     */
    record Point(float raw, float alpha, float sigma, float lambda) {

        static Point of(float raw, boolean flow) {
            float alpha = flow ? 1 - raw : 1 / (float) Math.sqrt(raw * raw + 1);
            float sigma = flow ? raw : raw * alpha;
            return new Point(raw, alpha, sigma, (float) Math.log(alpha) - (float) Math.log(sigma));
        }
    }

    static LambdaLoop of(SchedulerConfig config, int steps) {
        if (config.flag(ConfigKey.USE_DYNAMIC_SHIFTING)) {
            throw new IllegalArgumentException(
                    "use_dynamic_shifting of " + config.className()
                            + " must be false but was true: it depends on the picture's size, which only Flux and its kin pass on");
        }
        NoiseSchedule schedule = NoiseSchedule.withFiniteSigmas(config);
        SigmaTable table = new SigmaTable(schedule);
        boolean flow = config.flag(ConfigKey.USE_FLOW_SIGMAS);
        Row row = shaped(config, steps, table, flow).orElseGet(() -> plain(config, steps, schedule, table));
        float[] sigmas = new float[row.sigmas.length + 1];
        for (int i = 0; i < row.sigmas.length; i++) {
            sigmas[i] = (float) row.sigmas[i];
        }
        sigmas[row.sigmas.length] = (float) row.last;
        Point[] points = new Point[sigmas.length];
        for (int i = 0; i < points.length; i++) {
            points[i] = Point.of(sigmas[i], flow);
        }
        return new LambdaLoop(TimestepSpacing.toFloat(row.timesteps), points);
    }

    /** The loop of an EDM model, whose signal is not scaled: α = 1. */
    static LambdaLoop of(EdmLoop loop) {
        float[] sigmas = loop.sigmas();
        Point[] points = new Point[sigmas.length];
        for (int i = 0; i < points.length; i++) {
            points[i] = new Point(sigmas[i], 1, sigmas[i], -(float) Math.log(sigmas[i]));
        }
        return new LambdaLoop(loop.timesteps(), points);
    }

    /** A row of σ in the making, with the σ where it ends. */
    private record Row(int[] timesteps, double[] sigmas, double last) {}

    private static Row plain(SchedulerConfig config, int steps, NoiseSchedule schedule, SigmaTable table) {
        int clipped = config.optionalNumber(ConfigKey.LAMBDA_MIN_CLIPPED).isPresent()
                ? schedule.stepsBelow(config.number(ConfigKey.LAMBDA_MIN_CLIPPED))
                : 0;
        int last = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS) - clipped;
        int[] timesteps = TimestepSpacing.of(config).wholeOfSolver(steps, last);
        double[] sigmas = table.at(TimestepSpacing.toFloat(timesteps));
        boolean toZero = config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("zero");
        return new Row(timesteps, sigmas, toZero ? 0 : table.first());
    }

    private static Optional<Row> shaped(SchedulerConfig config, int steps, SigmaTable table, boolean flow) {
        Optional<SigmaRange.Shape> shape = SigmaRange.Shape.of(config);
        boolean karras = shape.isPresent() && shape.get() == SigmaRange.Shape.KARRAS;
        boolean lu = config.flag(ConfigKey.USE_LU_LAMBDAS) && !karras;
        boolean unipc = config.kind() == SchedulerKind.UNIPC;
        double[] sigmas;
        double[] times;
        if (lu) {
            // In λ with ρ = 1, over the whole table; sigma_min and sigma_max are not read.
            sigmas = new SigmaRange(Math.exp(table.lastLog()), Math.exp(table.firstLog())).exponential(steps);
            times = table.timesOf(sigmas);
        } else if (shape.isPresent()) {
            sigmas = SigmaRange.of(config, table.last(), table.first()).sigmas(shape.get(), steps);
            if (karras && flow && unipc) {
                sigmas = Arrays.stream(sigmas).map(sigma -> sigma / (sigma + 1)).toArray();
                times = ofFlow(config, sigmas);
            } else {
                times = table.timesOf(sigmas);
            }
        } else if (flow) {
            sigmas = unipc ? FlowSigmas.ofUniPc(config, steps) : FlowSigmas.ofSolver(config, steps);
            times = ofFlow(config, sigmas);
        } else {
            return Optional.empty();
        }
        boolean rounded = (karras || lu) && !(flow && unipc) && !keepsFractions(config);
        return Optional.of(new Row(whole(times, rounded), sigmas, last(config, table, sigmas)));
    }

    private static double[] ofFlow(SchedulerConfig config, double[] sigmas) {
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        return Arrays.stream(sigmas).map(sigma -> sigma * trainSteps).toArray();
    }

    /** The multistep solver cuts times off rather than round them where β follows the cosine schedule. */
    private static boolean keepsFractions(SchedulerConfig config) {
        return config.kind() == SchedulerKind.DPM_MULTISTEP
                && config.text(ConfigKey.BETA_SCHEDULE).equals("squaredcos_cap_v2");
    }

    private static int[] whole(double[] times, boolean rounded) {
        int[] timesteps = new int[times.length];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = (int) (rounded ? Math.rint(times[i]) : times[i]);
        }
        return timesteps;
    }

    /** DEIS has no final_sigmas_type and stays at the row's last σ; so does UniPC for sigma_min. */
    private static double last(SchedulerConfig config, SigmaTable table, double[] sigmas) {
        if (config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("zero")) {
            return 0;
        }
        boolean staysAtRow = config.kind() == SchedulerKind.DEIS || config.kind() == SchedulerKind.UNIPC;
        return staysAtRow ? sigmas[sigmas.length - 1] : table.first();
    }
}
