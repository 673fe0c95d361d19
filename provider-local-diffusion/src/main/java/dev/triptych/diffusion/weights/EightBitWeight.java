package dev.triptych.diffusion.weights;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A tensor that a file holds in 8-bit floating point, with what its values are to be multiplied by. It is widened to 32
 * bits when its values are asked for. Its views of rows and of another shape read no more than their own bytes.
 *
 * @param stored the tensor as it lies in the file, {@link Dtype#F8_E4M3} or {@link Dtype#F8_E5M2}
 * @param scale one factor for all, or one for each row; empty = as they are
 * @param firstRow the row of {@code scale} that the first row of {@code stored} has
 * @param rowElements how many elements a row of the whole tensor has
 */
public record EightBitWeight(FileWeight stored, Optional<Weight> scale, long firstRow, long rowElements)
        implements Weight {

    /** All of a tensor. */
    static EightBitWeight of(FileWeight stored, Optional<Weight> scale) {
        List<Long> dims = stored.dims();
        long rows = dims.isEmpty() ? 1 : Math.max(1, dims.get(0));
        return new EightBitWeight(stored, scale, 0, Math.max(1, stored.elements() / rows));
    }

    @Override
    public String name() {
        return stored.name();
    }

    @Override
    public List<Long> dims() {
        return stored.dims();
    }

    @Override
    public String source() {
        return stored.source();
    }

    @Override
    public String storedType() {
        return stored.dtype().name();
    }

    @Override
    public long storedBytes() {
        return stored.length();
    }

    @Override
    public String identity() {
        return stored.identity() + scale.map(factor -> "*" + factor.identity()).orElse("");
    }

    @Override
    public float[] values() {
        float[] table = EightBitFloats.table(stored.dtype());
        ByteBuffer bytes =
                SafetensorsFile.read(stored.file(), name(), stored.offset(), Math.toIntExact(stored.length()));
        float[] values = new float[bytes.remaining()];
        for (int i = 0; i < values.length; i++) {
            values[i] = table[bytes.get(i) & 0xFF];
        }
        scale.ifPresent(factor -> multiply(values, factor.values()));
        return values;
    }

    private void multiply(float[] values, float[] factors) {
        int width = Math.toIntExact(rowElements);
        for (int i = 0; i < values.length; i++) {
            values[i] *= factors.length == 1 ? factors[0] : factors[Math.toIntExact(firstRow) + i / width];
        }
    }

    @Override
    public EightBitWeight reshaped(long... shape) {
        return new EightBitWeight(stored.reshaped(shape), scale, firstRow, rowElements);
    }

    /** The rows {@code first} to {@code first + count}: nothing else is read. */
    @Override
    public Weight rows(long first, long count) {
        requireRows(first, count);
        long width = elements() / dims().get(0);
        boolean isOfWholeRows = width % rowElements == 0;
        return isOfWholeRows
                ? new EightBitWeight(
                        stored.rows(first, count), scale, firstRow + first * (width / rowElements), rowElements)
                : Weight.super.rows(first, count);
    }
}
