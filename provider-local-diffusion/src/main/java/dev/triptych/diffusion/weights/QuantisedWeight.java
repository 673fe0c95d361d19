package dev.triptych.diffusion.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor that a file holds in blocks of few bits with a scale each. Blocks follow the elements in row-major order;
 * they may cross the ends of rows.
 *
 * @param name the name in the file
 * @param blocks how its blocks are laid out
 * @param dims the shape, row-major; its elements fill whole blocks
 * @param file the file
 * @param offset where the first block is, from the start of the file
 */
public record QuantisedWeight(String name, BlockFormat blocks, List<Long> dims, Path file, long offset)
        implements Weight {

    /** Copies the shape, and checks that it fills blocks. */
    public QuantisedWeight {
        dims = List.copyOf(dims);
        if (Weight.elements(dims) % blocks.elements() != 0) {
            throw new IllegalArgumentException("a tensor in blocks of " + blocks + " must have a multiple of "
                    + blocks.elements() + " elements but tensor " + name + " has the shape " + dims);
        }
    }

    /** Its size in the file in bytes. */
    public long length() {
        return Math.multiplyExact(elements() / blocks.elements(), (long) blocks.bytes());
    }

    /** How many elements a row has, along all axes but the first. */
    public long rowElements() {
        return dims.isEmpty() ? 1 : Weight.elements(dims.subList(1, dims.size()));
    }

    /** Whether each row begins with a block of its own. */
    public boolean hasWholeRows() {
        return rowElements() % blocks.elements() == 0;
    }

    /** The same with its values as 32-bit floats, computed when they are asked for. */
    public MemoryWeight widened() {
        return new MemoryWeight(name, dims, source(), identity(), this::values);
    }

    @Override
    public String source() {
        return file.toString();
    }

    @Override
    public String storedType() {
        return blocks.name();
    }

    @Override
    public long storedBytes() {
        return length();
    }

    @Override
    public String identity() {
        return file + "@" + offset + ":" + dims;
    }

    @Override
    public float[] values() {
        ByteBuffer bytes = bytes();
        float[] values = new float[Math.toIntExact(elements())];
        for (int at = 0; at < values.length; at += blocks.elements()) {
            blocks.decode(bytes, at / blocks.elements() * blocks.bytes(), values, at);
        }
        return values;
    }

    /** Its blocks, little endian. */
    public ByteBuffer bytes() {
        return SafetensorsFile.read(file, name, offset, Math.toIntExact(length()));
    }

    @Override
    public QuantisedWeight reshaped(long... shape) {
        requireElements(shape);
        return new QuantisedWeight(name, blocks, Weight.list(shape), file, offset);
    }

    /**
     * The rows {@code first} to {@code first + count}; where blocks end with rows, they lie in the file as they are.
     */
    @Override
    public Weight rows(long first, long count) {
        requireRows(first, count);
        if (!hasWholeRows()) {
            return Weight.super.rows(first, count);
        }
        long before = first * (rowElements() / blocks.elements()) * blocks.bytes();
        return new QuantisedWeight(name, blocks, Weight.withFirst(dims, count), file, offset + before);
    }
}
