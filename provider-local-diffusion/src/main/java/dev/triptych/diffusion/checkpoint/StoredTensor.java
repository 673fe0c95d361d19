package dev.triptych.diffusion.checkpoint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor where it lies in a safetensors file, unread.
 *
 * @param name the name in the file
 * @param dtype the element type
 * @param dims the shape, row-major; empty for a scalar
 * @param file the file
 * @param offset where the tensor's first byte is, from the start of the file
 */
public record StoredTensor(String name, Dtype dtype, List<Long> dims, Path file, long offset) {

    /** Copies the shape. */
    public StoredTensor {
        dims = List.copyOf(dims);
    }

    /** How many elements it has. */
    public long elements() {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }

    /** Its size in the file in bytes. */
    public long length() {
        return Math.multiplyExact(elements(), (long) dtype.bytes());
    }

    /** The same bytes under another shape of equally many elements. */
    public StoredTensor reshaped(Long... shape) {
        return new StoredTensor(name, dtype, List.of(shape), file, offset);
    }

    /** The rows {@code first} to {@code first + count} along the first axis; contiguous, so nothing is copied. */
    public StoredTensor rows(long first, long count) {
        long rowBytes = length() / dims.get(0);
        List<Long> shape = new ArrayList<>(dims);
        shape.set(0, count);
        return new StoredTensor(name, dtype, shape, file, offset + first * rowBytes);
    }
}
