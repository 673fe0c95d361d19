package dev.triptych.diffusion.graph;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Dtype;
import dev.triptych.diffusion.checkpoint.StoredTensor;
import dev.triptych.diffusion.checkpoint.Weights;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.ExternalData;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a checkpoint's tensors the initializers of a graph, where they lie. ONNX Runtime maps F32 weights from the file
 * without a copy. Others get a Cast behind them, which it computes once when it loads the model: its constant folding
 * must stay on, both for speed and because some versions abort on some half-precision graphs without it.
 *
 * <p>Locations are relative to the root of the file system: so one folder, given at load, serves files anywhere, and
 * the blobs behind a Hugging Face cache's links are reached without leaving it.
 */
final class WeightBinder {

    private final GraphBuilder graph;
    private final Weights weights;
    private final Map<String, String> bound = new HashMap<>();
    private final List<StoredTensor> used = new ArrayList<>();

    WeightBinder(GraphBuilder graph, Weights weights) {
        this.graph = graph;
        this.weights = weights;
    }

    /** The tensor {@code name} as a value of 32-bit floats. */
    Value floats(String name, Long... shape) {
        return floats(name, weights.require(name, shape));
    }

    /** A tensor [channels] as [channels, 1, 1], so that it applies to each channel of a picture. */
    Value perChannel(String name, long channels) {
        return floats(name, weights.require(name, channels).reshaped(channels, 1L, 1L));
    }

    /** A 1×1 convolution [out, in, 1, 1] as the matrix [out, in] that it is. */
    Value matrixOfConvolution(String name, long out, long in) {
        return floats(name, weights.require(name, out, in, 1L, 1L).reshaped(out, in));
    }

    /** The rows {@code first} to {@code first + count} of a tensor. */
    Value rows(String name, long first, long count, Long... shape) {
        return floats(name + "[" + first + "]", weights.require(name, shape).rows(first, count));
    }

    /**
     * The rows of the table {@code name} at {@code ids}: looked up first, cast afterwards, so that the table stays put.
     */
    Value lookup(String name, Value ids, long count, long width) {
        StoredTensor table = weights.require(name, count, width);
        String rows = graph.node("Gather", List.of(initializer(name, table), ids.name()));
        return new Value(asFloat(rows, table.dtype()), 1, ids.dim(1), width);
    }

    /** What has been bound so far. */
    List<StoredTensor> used() {
        return used;
    }

    /** The root of the file system that the weights are on. */
    Path root() {
        return rootOf(weights.folder().toAbsolutePath());
    }

    private Value floats(String key, StoredTensor tensor) {
        String value = bound.get(key);
        if (value == null) {
            value = asFloat(initializer(key, tensor), tensor.dtype());
            bound.put(key, value);
        }
        return new Value(
                value, tensor.dims().stream().mapToLong(Long::longValue).toArray());
    }

    private String initializer(String name, StoredTensor tensor) {
        Path root = root();
        if (!rootOf(tensor.file()).equals(root)) {
            throw new ModelLoadException(tensor.file() + " must be on the same drive as its checkpoint, " + root);
        }
        used.add(tensor);
        String location = root.relativize(tensor.file()).toString().replace('\\', '/');
        ExternalData data = new ExternalData(location, tensor.offset(), tensor.length());
        return graph.initializer(name, elementType(tensor.dtype()), tensor.dims(), data);
    }

    private String asFloat(String value, Dtype dtype) {
        return dtype == Dtype.F32
                ? value
                : graph.node("Cast", List.of(value), Attribute.of("to", ElementType.FLOAT.number()));
    }

    private static ElementType elementType(Dtype dtype) {
        return switch (dtype) {
            case F64 -> ElementType.DOUBLE;
            case F16 -> ElementType.FLOAT16;
            case BF16 -> ElementType.BFLOAT16;
            default -> ElementType.FLOAT;
        };
    }

    private static Path rootOf(Path file) {
        Path root = file.getRoot();
        if (root == null) {
            throw new IllegalArgumentException("weights must have an absolute path but had " + file);
        }
        return root;
    }
}
