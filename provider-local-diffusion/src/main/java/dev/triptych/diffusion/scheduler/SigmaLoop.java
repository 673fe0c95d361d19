package dev.triptych.diffusion.scheduler;

import java.util.Arrays;
import java.util.Optional;

/**
 * The plan of a loop that counts in σ: a timestep and a σ for each step, and one σ more where the loop ends.
 *
 * <p>Reference: diffusers 0.36, scheduling_euler_discrete.py, {@code set_timesteps}. The ends of a Karras, exponential
 * or beta row are the σ at the timesteps that the spacing chose, not those of the whole table.
 *
 * @param timesteps {@code [steps]}, descending
 * @param sigmas {@code [steps + 1]}, descending; the last is 0 unless the configuration says otherwise
 * @param table the training schedule they were read from
 * @param initNoiseSigma the factor of the first noise
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SigmaLoop(float[] timesteps, float[] sigmas, SigmaTable table, float initNoiseSigma) {

    /** The loop of a configuration, with 0 as its last σ. */
    static SigmaLoop of(SchedulerConfig config, int steps) {
        return of(config, steps, false);
    }

    /** The same with shaped timesteps rounded to whole ones where the row is Karras's, as KDPM2 wants it. */
    static SigmaLoop withWholeKarrasTimesteps(SchedulerConfig config, int steps) {
        return of(config, steps, true);
    }

    private static SigmaLoop of(SchedulerConfig config, int steps, boolean wholeKarras) {
        TimestepSpacing spacing = TimestepSpacing.of(config);
        SigmaTable table = new SigmaTable(NoiseSchedule.withFiniteSigmas(config));
        float[] timesteps = spacing.fractional(steps);
        double[] sigmas = config.text(ConfigKey.INTERPOLATION_TYPE).equals("log_linear")
                ? logLinear(table, steps)
                : table.at(timesteps);

        Optional<SigmaRange.Shape> shape = SigmaRange.Shape.of(config);
        if (shape.isPresent()) {
            sigmas = range(config, sigmas).sigmas(shape.get(), steps);
            boolean whole = wholeKarras && shape.get() == SigmaRange.Shape.KARRAS;
            timesteps = toFloat(table.timesOf(sigmas), whole);
        }
        boolean endsAbove0 = config.text(ConfigKey.FINAL_SIGMAS_TYPE).equals("sigma_min");
        float[] row = Arrays.copyOf(toFloat(sigmas, false), sigmas.length + 1);
        row[sigmas.length] = endsAbove0 ? (float) table.first() : 0;
        return new SigmaLoop(timesteps, row, table, initNoiseSigma(row, spacing));
    }

    /** LMS does not read sigma_min and sigma_max for a Karras row, and has no such keys. */
    private static SigmaRange range(SchedulerConfig config, double[] sigmas) {
        double max = sigmas[0];
        double min = sigmas[sigmas.length - 1];
        boolean fixedEnds = config.kind() == SchedulerKind.LMS && config.flag(ConfigKey.USE_KARRAS_SIGMAS);
        return fixedEnds ? new SigmaRange(max, min) : SigmaRange.of(config, max, min);
    }

    /** Even in ln σ over the whole table: one value more than there are steps. */
    private static double[] logLinear(SigmaTable table, int steps) {
        float[] logs = NoiseSchedule.linspace(table.lastLog(), table.firstLog(), steps + 1);
        double[] sigmas = new double[logs.length];
        for (int i = 0; i < sigmas.length; i++) {
            sigmas[i] = (float) Math.exp(logs[i]);
        }
        return sigmas;
    }

    private static float initNoiseSigma(float[] sigmas, TimestepSpacing spacing) {
        float max = 0;
        for (float sigma : sigmas) {
            max = Math.max(max, sigma);
        }
        return spacing.startsAtPureNoise() ? max : (float) Math.sqrt(max * max + 1);
    }

    private static float[] toFloat(double[] values, boolean rounded) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) (rounded ? Math.rint(values[i]) : values[i]);
        }
        return floats;
    }
}
