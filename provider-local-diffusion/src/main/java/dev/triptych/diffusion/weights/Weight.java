package dev.triptych.diffusion.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One tensor of a network's weights, row-major. It lies in a file, was computed, is another one with something added,
 * or is stored in quantised blocks. Immutable; nothing is read before {@link #values()} is asked for, or ONNX Runtime
 * maps the file.
 *
 * <p>Networks compute in 32-bit floats. A weight of that type in a file is bound where it lies; a narrower one is
 * widened, and every other one computed, before the network is loaded.
 */
public sealed interface Weight
        permits EightBitWeight,
                FileWeight,
                IntegerWeight,
                KernelWeight,
                MemoryWeight,
                PatchedWeight,
                QuantisedWeight,
                WidenedWeight {

    /** The name, as the file has it. */
    String name();

    /** The shape; empty for a scalar. */
    List<Long> dims();

    /** Where it comes from, for messages: the file. */
    String source();

    /** What tells it from any other weight: part of its network's identity. */
    String identity();

    /** The values as 32-bit floats; a new array. */
    float[] values();

    /** How its elements are stored, such as {@code F16} or {@code Q4_K}; {@code F32} where they are computed. */
    default String storedType() {
        return Dtype.F32.name();
    }

    /** The bytes it takes where it is stored; where it is computed, in memory. */
    default long storedBytes() {
        return computedBytes();
    }

    /** How many elements it has. */
    default long elements() {
        return elements(dims());
    }

    /** The bytes it takes in memory, in the type that is computed in: 4 an element. */
    default long computedBytes() {
        return Math.multiplyExact(elements(), 4L);
    }

    /**
     * The same elements under another shape.
     *
     * @throws IllegalArgumentException if the shape has another number of elements
     */
    default Weight reshaped(long... shape) {
        requireElements(shape);
        return new MemoryWeight(name(), list(shape), source(), identity() + Arrays.toString(shape), this::values);
    }

    /** The rows {@code first} to {@code first + count} along the first axis. */
    default Weight rows(long first, long count) {
        requireRows(first, count);
        int width = Math.toIntExact(elements() / dims().get(0));
        int from = Math.toIntExact(first * width);
        int to = Math.toIntExact((first + count) * width);
        return new MemoryWeight(
                name(),
                withFirst(dims(), count),
                source(),
                identity() + "[" + first + "+" + count + "]",
                () -> Arrays.copyOfRange(values(), from, to));
    }

    /**
     * A matrix with its axes exchanged.
     *
     * @throws IllegalArgumentException if it is no matrix
     */
    default Weight transposed() {
        if (dims().size() != 2) {
            throw new IllegalArgumentException("a transposed tensor must have 2 axes but " + name() + " has " + dims());
        }
        int rows = Math.toIntExact(dims().get(0));
        int columns = Math.toIntExact(dims().get(1));
        return new MemoryWeight(name(), List.of((long) columns, (long) rows), source(), identity() + "'", () -> {
            float[] from = values();
            float[] to = new float[from.length];
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    to[column * rows + row] = from[row * columns + column];
                }
            }
            return to;
        });
    }

    /**
     * The two halves along the first axis, exchanged: some checkpoints keep scale and shift the other way round.
     *
     * @throws IllegalArgumentException if the first axis has an odd length
     */
    default Weight swappedHalves() {
        if (dims().isEmpty() || dims().get(0) % 2 != 0) {
            throw new IllegalArgumentException(
                    "halves need an even first axis but tensor " + name() + " has " + dims());
        }
        return new MemoryWeight(name(), dims(), source(), identity() + "~", () -> {
            float[] from = values();
            float[] to = new float[from.length];
            int half = from.length / 2;
            System.arraycopy(from, half, to, 0, half);
            System.arraycopy(from, 0, to, half, half);
            return to;
        });
    }

    /**
     * The rows of a matrix or a vector, where those of each head lie in pairs: row 2i is the head's row i, and row 2i +
     * 1 the one half a head after it. Whole rows move.
     *
     * @param heads how many heads the rows are of
     * @throws IllegalArgumentException if the rows cannot be divided so
     */
    default Weight unpairedRows(int heads) {
        if (dims().isEmpty() || heads < 1 || dims().get(0) % (2L * heads) != 0) {
            throw new IllegalArgumentException("pairs of rows of " + heads + " heads need such a first axis but tensor "
                    + name() + " has " + dims());
        }
        int half = Math.toIntExact(dims().get(0) / heads / 2);
        int width = Math.toIntExact(elements() / dims().get(0));
        return new MemoryWeight(name(), dims(), source(), identity() + "%" + heads, () -> {
            float[] from = values();
            float[] to = new float[from.length];
            for (int head = 0; head < heads; head++) {
                for (int row = 0; row < 2 * half; row++) {
                    int source = 2 * half * head + (row < half ? 2 * row : 2 * (row - half) + 1);
                    System.arraycopy(from, source * width, to, (2 * half * head + row) * width, width);
                }
            }
            return to;
        });
    }

    /** Checks that {@code shape} has as many elements as this weight. */
    default void requireElements(long... shape) {
        if (elements(list(shape)) != elements()) {
            throw new IllegalArgumentException(
                    "tensor " + name() + " of shape " + dims() + " cannot become " + Arrays.toString(shape));
        }
    }

    /** Checks that the first axis has these rows. */
    default void requireRows(long first, long count) {
        if (dims().isEmpty() || first < 0 || count < 0 || first + count > dims().get(0)) {
            throw new IllegalArgumentException("rows must be within " + dims() + " of tensor " + name() + " but were "
                    + first + " to " + (first + count));
        }
    }

    /** How many elements a shape has. */
    static long elements(List<Long> dims) {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }

    /** A shape as a list. */
    static List<Long> list(long... shape) {
        return Arrays.stream(shape).boxed().toList();
    }

    /** {@code dims} with another length of the first axis. */
    static List<Long> withFirst(List<Long> dims, long count) {
        List<Long> shape = new ArrayList<>(dims);
        shape.set(0, count);
        return List.copyOf(shape);
    }
}
