package dev.triptych.diffusion.adapt;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * DoRA: the weight with its change, V = W + δ, gets the length m in each row or column, W' = V · m / ‖V‖ (Liu et al.
 * 2024, "DoRA: Weight-Decomposed Low-Rank Adaptation", equation 5). With another strength than 1 it is W + t · (W' −
 * W), as ComfyUI has it.
 *
 * @param inner δ
 * @param places places of the kernel: so many columns belong to one input
 * @param byOutput whether there is a length for each output, over all its numbers; else for each input
 * @param magnitude m
 */
record Decomposed(Change inner, int places, boolean byOutput, Supplier<float[]> magnitude) implements Change {

    /** The smallest difference between two floats near 1: no length is zero. As in LyCORIS and ComfyUI. */
    private static final double EPSILON = Math.ulp(1.0f);

    @Override
    public int rows() {
        return inner.rows();
    }

    @Override
    public int columns() {
        return inner.columns();
    }

    @Override
    public void addTo(float[] values, int at, float strength) {
        int width = columns();
        float[] changed = Arrays.copyOfRange(values, at, at + rows() * width);
        inner.addTo(changed, 0, 1);
        float[] lengths = magnitude.get();
        double[] squares = new double[lengths.length];
        for (int i = 0; i < changed.length; i++) {
            squares[channel(i, width)] += (double) changed[i] * changed[i];
        }
        float[] factors = new float[lengths.length];
        for (int channel = 0; channel < factors.length; channel++) {
            factors[channel] = (float) (lengths[channel] / (Math.sqrt(squares[channel]) + EPSILON));
        }
        for (int i = 0; i < changed.length; i++) {
            values[at + i] += strength * (changed[i] * factors[channel(i, width)] - values[at + i]);
        }
    }

    private int channel(int index, int width) {
        return byOutput ? index / width : index % width / places;
    }

    @Override
    public boolean isSum() {
        return false;
    }
}
