package dev.triptych.diffusion.adapt;

import java.util.function.Supplier;

/**
 * A whole difference: δ as it stands in the file.
 *
 * @param rows rows of the weight
 * @param columns columns of the weight
 * @param values δ, row-major
 */
record Difference(int rows, int columns, Supplier<float[]> values) implements Change {

    @Override
    public void addTo(float[] weight, int at, float strength) {
        float[] difference = values.get();
        for (int i = 0; i < difference.length; i++) {
            weight[at + i] += strength * difference[i];
        }
    }
}
