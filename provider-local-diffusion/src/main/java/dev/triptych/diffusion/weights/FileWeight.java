package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.onnx.ExternalData;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor where it lies in a file, unread. Its views of rows and of another shape lie in the file too.
 *
 * @param name the name in the file
 * @param dtype the element type
 * @param dims the shape, row-major; empty for a scalar
 * @param file the file
 * @param offset where the tensor's first byte is, from the start of the file
 */
public record FileWeight(String name, Dtype dtype, List<Long> dims, Path file, long offset) implements Weight {

    /** Copies the shape. */
    public FileWeight {
        dims = List.copyOf(dims);
    }

    /** Its size in the file in bytes. */
    public long length() {
        return Math.multiplyExact(elements(), (long) dtype.bytes());
    }

    /**
     * Declares it as an initializer of {@code graph}, in the type that it is stored in.
     *
     * @param key the initializer's name, which is returned
     * @param root the root of the file system that the graph's files are on
     * @throws ModelLoadException if this file is on another
     */
    public String addTo(GraphBuilder graph, String key, Path root) {
        return graph.initializer(key, dtype.elementType(), dims, place(file, offset, length(), root));
    }

    /** A part of a file as ONNX wants to be told of it: by its path from the root of the file system. */
    public static ExternalData place(Path file, long offset, long length, Path root) {
        if (!root.equals(file.getRoot())) {
            throw new ModelLoadException(file + " must be on the same drive as its checkpoint, " + root);
        }
        return new ExternalData(root.relativize(file).toString().replace('\\', '/'), offset, length);
    }

    @Override
    public String source() {
        return file.toString();
    }

    @Override
    public String storedType() {
        return dtype.name();
    }

    @Override
    public long storedBytes() {
        return length();
    }

    /** Integers are computed with as they are. */
    @Override
    public long computedBytes() {
        return dtype == Dtype.I8 ? length() : Weight.super.computedBytes();
    }

    @Override
    public String identity() {
        return file + "@" + offset + ":" + dims;
    }

    @Override
    public float[] values() {
        return SafetensorsFile.floats(this);
    }

    @Override
    public FileWeight reshaped(long... shape) {
        requireElements(shape);
        return new FileWeight(name, dtype, Weight.list(shape), file, offset);
    }

    /** The rows {@code first} to {@code first + count}: contiguous, so nothing is copied. */
    @Override
    public FileWeight rows(long first, long count) {
        requireRows(first, count);
        long rowBytes = length() / dims.get(0);
        return new FileWeight(name, dtype, Weight.withFirst(dims, count), file, offset + first * rowBytes);
    }
}
