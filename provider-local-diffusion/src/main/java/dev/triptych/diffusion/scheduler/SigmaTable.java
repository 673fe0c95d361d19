package dev.triptych.diffusion.scheduler;

/**
 * σ for each training step and the two ways to read it: σ at a time, and the time of a σ. Double between float32
 * values, as numpy's {@code interp} works.
 */
final class SigmaTable {

    /** Below this σ the logarithm is not taken. */
    private static final double SMALLEST = 1e-10;

    private final float[] sigmas;
    private final float[] logSigmas;

    SigmaTable(NoiseSchedule schedule) {
        this.sigmas = schedule.sigmas();
        this.logSigmas = new float[sigmas.length];
        for (int t = 0; t < sigmas.length; t++) {
            logSigmas[t] = (float) Math.log(sigmas[t]);
        }
    }

    double first() {
        return sigmas[0];
    }

    double last() {
        return sigmas[sigmas.length - 1];
    }

    float firstLog() {
        return logSigmas[0];
    }

    float lastLog() {
        return logSigmas[logSigmas.length - 1];
    }

    /** σ at times between whole training steps, linearly; outside the table the nearest end. */
    double[] at(float[] timesteps) {
        double[] values = new double[timesteps.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = at(timesteps[i]);
        }
        return values;
    }

    private double at(double timestep) {
        if (timestep <= 0) {
            return first();
        }
        if (timestep >= sigmas.length - 1) {
            return last();
        }
        int low = (int) timestep;
        double slope = (double) sigmas[low + 1] - sigmas[low];
        return slope * (timestep - low) + sigmas[low];
    }

    /** The training times at which these σ occur, linearly in ln σ: {@code _sigma_to_t} of the reference. */
    double[] timesOf(double[] wanted) {
        double[] times = new double[wanted.length];
        for (int i = 0; i < times.length; i++) {
            double log = Math.log(Math.max(wanted[i], SMALLEST));
            int low = indexBelow(log);
            double weight = (logSigmas[low] - log) / (logSigmas[low] - logSigmas[low + 1]);
            weight = Math.min(Math.max(weight, 0), 1);
            times[i] = (1 - weight) * low + weight * (low + 1);
        }
        return times;
    }

    /** The same wholly in float32, as KDPM2's midpoints are found. */
    float timeOf(float wanted) {
        float log = (float) Math.log(Math.max(wanted, (float) SMALLEST));
        int low = indexBelow(log);
        float weight = (logSigmas[low] - log) / (logSigmas[low] - logSigmas[low + 1]);
        weight = Math.min(Math.max(weight, 0), 1);
        return (1 - weight) * low + weight * (low + 1);
    }

    /** The last step whose ln σ is not above {@code log}, at most the last but one. */
    private int indexBelow(double log) {
        int low = 0;
        int high = logSigmas.length - 2;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (logSigmas[middle] <= log) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
