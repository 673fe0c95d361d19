package dev.triptych.diffusion.adapt;

import java.util.function.Supplier;

/**
 * LoKr: δ = s · w1 ⊗ w2, the Kronecker product over outputs and inputs; the kernel's places belong to the second factor
 * (Yeh et al. 2024, LyCORIS, section 3; KohakuBlueleaf/LyCORIS, {@code lycoris/functional/lokr.py}):
 *
 * <pre>
 * δ[o, i, y, x] = s · w1[o div out2, i div in2] · w2[o mod out2, i mod in2, y, x]
 * </pre>
 *
 * @param first w1, [out1, in1]
 * @param second w2, [out2, in2 · places]
 * @param places places of the kernel: 1 for a matrix, 9 for 3×3
 * @param scale s
 */
record Kronecker(Factor first, Factor second, int places, float scale) implements Change {

    /**
     * One of the two factors.
     *
     * @param rows its rows
     * @param columns its columns
     * @param values its values, row-major
     */
    record Factor(int rows, int columns, Supplier<float[]> values) {

        static Factor of(Factors product) {
            return new Factor(product.rows(), product.columns(), product::product);
        }
    }

    @Override
    public int rows() {
        return first.rows() * second.rows();
    }

    @Override
    public int columns() {
        return first.columns() * second.columns();
    }

    /**
     * The second factor's columns are its inputs with their places, so that they follow each other in the weight too.
     */
    @Override
    public void addTo(float[] values, int at, float strength) {
        float[] w1 = first.values().get();
        float[] w2 = second.values().get();
        int width = second.columns();
        for (int row = 0; row < rows(); row++) {
            int row1 = row / second.rows() * first.columns();
            int from = row % second.rows() * width;
            for (int column1 = 0; column1 < first.columns(); column1++) {
                float factor = strength * scale * w1[row1 + column1];
                int to = at + row * columns() + column1 * width;
                for (int j = 0; j < width; j++) {
                    values[to + j] += factor * w2[from + j];
                }
            }
        }
    }
}
