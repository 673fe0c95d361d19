package dev.triptych.diffusion.scheduler;

/** Sums of arrays of one length, each times a number, in float32 and from left to right. */
final class WeightedSum {

    private WeightedSum() {}

    static float[] of(float a, float[] x, float b, float[] y) {
        float[] sum = new float[x.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = a * x[i] + b * y[i];
        }
        return sum;
    }

    static float[] of(float a, float[] x, float b, float[] y, float c, float[] z) {
        float[] sum = new float[x.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = a * x[i] + b * y[i] + c * z[i];
        }
        return sum;
    }

    static float[] of(float a, float[] w, float b, float[] x, float c, float[] y, float d, float[] z) {
        float[] sum = new float[w.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = a * w[i] + b * x[i] + c * y[i] + d * z[i];
        }
        return sum;
    }

    /** {@code (x − y) · factor}. */
    static float[] difference(float[] x, float[] y, float factor) {
        float[] result = new float[x.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (x[i] - y[i]) * factor;
        }
        return result;
    }

    static float[] scaled(float[] x, float factor) {
        float[] result = new float[x.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = x[i] * factor;
        }
        return result;
    }
}
