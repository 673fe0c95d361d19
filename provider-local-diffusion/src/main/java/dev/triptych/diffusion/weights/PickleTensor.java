package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor as a pickle describes it: a view of a storage. It lies inside its storage.
 *
 * @param storage the storage
 * @param dtype the type of an element
 * @param offset where its first element is in the storage, in elements of {@code dtype}
 * @param dims the shape
 * @param strides how many elements one step along each axis is
 */
record PickleTensor(PickleStorage storage, Dtype dtype, long offset, List<Long> dims, List<Long> strides) {

    private static final int MAX_AXES = 8;

    /**
     * The tensor that torch's {@code _rebuild_tensor} would make of these arguments.
     *
     * @param type the type where the storage has none
     * @throws ModelLoadException if it would not lie inside its storage
     */
    static PickleTensor of(Path file, List<Object> arguments, PickleNames.ElementType type) {
        if (arguments.size() < 4
                || !(arguments.get(0) instanceof PickleStorage storage)
                || !(arguments.get(1) instanceof Long offset)) {
            throw bad(file, "must make tensors of storages but makes one of something else");
        }
        List<Long> dims = PickleNames.numbers(arguments.get(2));
        List<Long> strides = PickleNames.numbers(arguments.get(3));
        PickleNames.ElementType elements =
                storage.type() == PickleNames.ElementType.UNTYPED && type != PickleNames.ElementType.NO_TYPE
                        ? type
                        : storage.type();
        if (elements == PickleNames.ElementType.FOREIGN) {
            throw bad(file, "must hold tensors of a type that weights have but holds one of another type");
        }
        PickleTensor tensor = new PickleTensor(storage, elements.dtype(), offset, dims, strides);
        if (!tensor.isInside()) {
            throw bad(
                    file,
                    "must hold tensors inside their storages but holds one of shape " + dims + ", strides " + strides
                            + " and offset " + offset + " in " + tensor.capacity() + " elements");
        }
        return tensor;
    }

    /** How many elements the storage has room for. */
    private long capacity() {
        return storage.viewElements() * storage.type().dtype().bytes() / dtype.bytes();
    }

    private boolean isInside() {
        boolean isShape = dims.size() == strides.size()
                && dims.size() <= MAX_AXES
                && offset >= 0
                && dims.stream().allMatch(dim -> dim >= 0)
                && strides.stream().allMatch(stride -> stride >= 0);
        if (!isShape) {
            return false;
        }
        try {
            return Weight.elements(dims) == 0 ? offset <= capacity() : Math.addExact(offset, span()) <= capacity();
        } catch (ArithmeticException e) {
            return false;
        }
    }

    /** How many elements of the storage lie from its first to its last one. */
    private long span() {
        long last = 0;
        for (int axis = 0; axis < dims.size(); axis++) {
            last = Math.addExact(last, Math.multiplyExact(dims.get(axis) - 1, strides.get(axis)));
        }
        return last + 1;
    }

    /** How many elements it has. */
    long elements() {
        return Weight.elements(dims);
    }

    /** Whether its elements follow each other, row by row. */
    private boolean isContiguous() {
        long wanted = 1;
        for (int axis = dims.size() - 1; axis >= 0; axis--) {
            if (dims.get(axis) != 1 && strides.get(axis) != wanted) {
                return elements() == 0;
            }
            wanted *= dims.get(axis);
        }
        return true;
    }

    /** It as a weight, where its storage begins at byte {@code start} of the file; what lies row by row is mapped. */
    Weight weight(String name, Path file, long start) {
        long storageBytes = storage.type().dtype().bytes();
        long first = start + storage.first() * storageBytes + offset * dtype.bytes();
        if (isContiguous()) {
            return new FileWeight(name, dtype, dims, file, first);
        }
        String identity = file + "@" + first + ":" + dims + strides;
        return new MemoryWeight(name, dims, file.toString(), identity, () -> gather(name, file, first));
    }

    /** The elements in row-major order, wherever they lie. */
    private float[] gather(String name, Path file, long first) {
        if (!dtype.isFloat()) {
            throw new ModelLoadException(file + ": tensor " + name + " must be F32, F16, BF16 or F64 but was " + dtype);
        }
        int size = dtype.bytes();
        ByteBuffer span = SafetensorsFile.read(file, name, first, Math.toIntExact(span() * size));
        ByteBuffer inOrder =
                ByteBuffer.allocate(Math.toIntExact(elements() * size)).order(ByteOrder.LITTLE_ENDIAN);
        long[] index = new long[dims.size()];
        while (inOrder.hasRemaining()) {
            long at = 0;
            for (int axis = 0; axis < index.length; axis++) {
                at += index[axis] * strides.get(axis);
            }
            inOrder.put(inOrder.position(), span, Math.toIntExact(at * size), size);
            inOrder.position(inOrder.position() + size);
            advance(index);
        }
        return SafetensorsFile.floats(inOrder.flip(), dtype, Math.toIntExact(elements()));
    }

    private void advance(long[] index) {
        for (int axis = index.length - 1; axis >= 0; axis--) {
            index[axis]++;
            if (index[axis] < dims.get(axis)) {
                return;
            }
            index[axis] = 0;
        }
    }

    private static ModelLoadException bad(Path file, String message) {
        return new ModelLoadException(file + ": the pickle " + message);
    }
}
