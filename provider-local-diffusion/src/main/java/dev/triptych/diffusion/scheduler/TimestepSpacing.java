package dev.triptych.diffusion.scheduler;

import java.util.Arrays;

/**
 * Which training times a loop visits: Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed"
 * (2023), table 2, in the variants of diffusers 0.36 (src/diffusers/schedulers/scheduling_*.py, {@code set_timesteps}).
 */
final class TimestepSpacing {

    private final String spacing;
    private final int trainSteps;
    private final int offset;

    private TimestepSpacing(String spacing, int trainSteps, int offset) {
        this.spacing = spacing;
        this.trainSteps = trainSteps;
        this.offset = offset;
    }

    static TimestepSpacing of(SchedulerConfig config) {
        return new TimestepSpacing(
                config.text(ConfigKey.TIMESTEP_SPACING), config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS), (int)
                        config.optionalNumber(ConfigKey.STEPS_OFFSET).orElse(0));
    }

    /** Whether the first σ is the noise's own (linspace and trailing), or must be widened by the image's variance. */
    boolean startsAtPureNoise() {
        return !spacing.equals("leading");
    }

    /** Whole timesteps, descending, for schedulers that look ᾱ up: DDIM, DDPM, PNDM. */
    int[] whole(int steps) {
        return switch (spacing) {
            case "linspace" -> rounded(linspace(0, trainSteps - 1, steps));
            case "trailing" -> trailing(trainSteps, steps);
            default -> leading(trainSteps / steps, steps);
        };
    }

    /** The same for schedulers that interpolate σ: float32, and linspace is not rounded. */
    float[] fractional(int steps) {
        if (spacing.equals("linspace")) {
            double[] ascending = linspace(0, trainSteps - 1, steps);
            float[] descending = new float[steps];
            for (int i = 0; i < steps; i++) {
                descending[i] = (float) ascending[steps - 1 - i];
            }
            return descending;
        }
        return toFloat(whole(steps));
    }

    /**
     * Whole timesteps for the DPM-Solver family, which plans one step more and drops the last.
     *
     * @param last how many of the training steps count; fewer where {@code lambda_min_clipped} cuts the noisiest off
     */
    int[] wholeOfSolver(int steps, int last) {
        return switch (spacing) {
            case "leading" -> withoutLast(leading(last / (steps + 1), steps + 1));
            case "trailing" -> trailing(last, steps);
            default -> withoutLast(rounded(linspace(0, last - 1, steps + 1)));
        };
    }

    private int[] leading(int ratio, int steps) {
        int[] timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (steps - 1 - i) * ratio + offset;
        }
        return timesteps;
    }

    /**
     * {@code round(arange(last, 0, −T/n)) − 1}; numpy's arange adds up first + i · (second − first). For some n it
     * gives a stray value at 0 through rounding; that one is left out here.
     */
    private int[] trailing(int last, int steps) {
        double ratio = (double) trainSteps / steps;
        double delta = (last - ratio) - last;
        int count = (int) Math.min(steps, Math.ceil(last / ratio));
        int[] timesteps = new int[count];
        for (int i = 0; i < count; i++) {
            timesteps[i] = (int) Math.rint(last + i * delta) - 1;
        }
        return timesteps;
    }

    private static int[] rounded(double[] ascending) {
        int[] descending = new int[ascending.length];
        for (int i = 0; i < descending.length; i++) {
            descending[i] = (int) Math.rint(ascending[ascending.length - 1 - i]);
        }
        return descending;
    }

    private static int[] withoutLast(int[] descending) {
        return Arrays.copyOf(descending, descending.length - 1);
    }

    /** {@code numpy.linspace}: {@code from + i · step}, and exactly {@code to} at the end. */
    static double[] linspace(double from, double to, int count) {
        double[] values = new double[count];
        double step = count > 1 ? (to - from) / (count - 1) : 0;
        for (int i = 0; i < count; i++) {
            values[i] = i * step + from;
        }
        if (count > 1) {
            values[count - 1] = to;
        }
        return values;
    }

    static float[] toFloat(int[] timesteps) {
        float[] floats = new float[timesteps.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = timesteps[i];
        }
        return floats;
    }
}
