package dev.triptych.diffusion.adapt;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * A matrix as the product of two narrow ones, {@code left · right}. Read when it is needed. Immutable.
 *
 * @param rows rows of the left factor
 * @param rank columns of the left factor and rows of the right one
 * @param columns columns of the right factor
 * @param left the left factor, row-major
 * @param right the right factor, row-major
 */
record Factors(int rows, int rank, int columns, Supplier<float[]> left, Supplier<float[]> right) {

    /** The product. */
    float[] product() {
        float[] product = new float[Math.multiplyExact(rows, columns)];
        addTo(product, 0, left.get(), right.get(), 1);
        return product;
    }

    /** Adds {@code scale} times the product to the matrix that begins at {@code at}. */
    void addTo(float[] values, int at, float scale) {
        addTo(values, at, left.get(), right.get(), scale);
    }

    /** Some of the rows. */
    Factors someRows(int first, int count) {
        int from = first * rank;
        return new Factors(
                count, rank, columns, () -> Arrays.copyOfRange(left.get(), from, from + count * rank), right);
    }

    /**
     * Four rows of the right factor at a time: each number of the sum is read and written once for four products, and
     * the inner loop is one that the compiler makes vectors of.
     */
    private void addTo(float[] values, int at, float[] a, float[] b, float scale) {
        for (int row = 0; row < rows; row++) {
            int to = at + row * columns;
            int k = 0;
            for (; k + 4 <= rank; k += 4) {
                float a0 = scale * a[row * rank + k];
                float a1 = scale * a[row * rank + k + 1];
                float a2 = scale * a[row * rank + k + 2];
                float a3 = scale * a[row * rank + k + 3];
                int b0 = k * columns;
                int b1 = b0 + columns;
                int b2 = b1 + columns;
                int b3 = b2 + columns;
                for (int j = 0; j < columns; j++) {
                    values[to + j] += a0 * b[b0 + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
                }
            }
            for (; k < rank; k++) {
                float a0 = scale * a[row * rank + k];
                int b0 = k * columns;
                for (int j = 0; j < columns; j++) {
                    values[to + j] += a0 * b[b0 + j];
                }
            }
        }
    }
}
