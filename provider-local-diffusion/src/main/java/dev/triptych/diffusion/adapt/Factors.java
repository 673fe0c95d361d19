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
     * Row by row, in arrays of one row each: the compiler makes vectors of the inner loop then, and the row that is
     * summed up stays in the processor's nearest cache.
     */
    private void addTo(float[] values, int at, float[] a, float[] b, float scale) {
        float[][] rightRows = new float[rank][];
        for (int k = 0; k < rank; k++) {
            rightRows[k] = Arrays.copyOfRange(b, k * columns, (k + 1) * columns);
        }
        float[] sum = new float[columns];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(values, at + row * columns, sum, 0, columns);
            for (int k = 0; k < rank; k++) {
                add(sum, scale * a[row * rank + k], rightRows[k]);
            }
            System.arraycopy(sum, 0, values, at + row * columns, columns);
        }
    }

    private static void add(float[] sum, float factor, float[] row) {
        for (int j = 0; j < sum.length; j++) {
            sum[j] += factor * row[j];
        }
    }
}
