package dev.triptych.diffusion.network.layers;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.ExternalData;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a network's weights the initializers of a graph. Those in files stay where they lie: ONNX Runtime maps F32
 * weights without a copy. Narrower ones get a Cast behind them, which it computes once when it loads the model, by
 * constant folding or by a fusion of its own. Computed weights are declared in the same way, and handed over by value
 * when the model is loaded.
 *
 * <p>Locations are relative to the root of the file system: so one folder, given at load, serves files anywhere, and
 * the blobs behind a Hugging Face cache's links are reached without leaving it.
 */
public final class WeightBinder {

    private final GraphBuilder graph;
    private final Weights weights;
    private final Path root;
    private final Map<String, String> values = new HashMap<>();
    private final Map<String, Weight> bound = new LinkedHashMap<>();

    WeightBinder(GraphBuilder graph, Weights weights) {
        this.graph = graph;
        this.weights = weights;
        this.root = rootOf(Path.of(weights.source()).toAbsolutePath());
    }

    /** Whether there is a tensor {@code name}. */
    public boolean has(String name) {
        return weights.has(name);
    }

    /** The tensor {@code name} as a value of 32-bit floats. */
    public Value floats(String name, long... shape) {
        return floats(name, weights.require(name, shape));
    }

    /** A tensor [channels] as [channels, 1, 1], so that it applies to each channel of a picture. */
    Value perChannel(String name, long channels) {
        return floats(name, weights.require(name, channels).reshaped(channels, 1, 1));
    }

    /** The rows {@code first} to {@code first + count} of a tensor. */
    public Value rows(String name, long first, long count, long... shape) {
        return floats(name + "[" + first + "]", weights.require(name, shape).rows(first, count));
    }

    /**
     * The rows of the table {@code name} at {@code ids}: looked up first, cast afterwards, so that the table stays put.
     */
    public Value lookup(String name, Value ids, long count, long width) {
        Weight table = weights.require(name, count, width);
        String rows = graph.node("Gather", List.of(initializer(name, table), ids.name()));
        return new Value(asFloat(rows, table), 1, ids.dim(1), width);
    }

    /** What has been bound so far, by initializer. */
    Map<String, Weight> bound() {
        return bound;
    }

    /** The root of the file system that the weights are on. */
    Path root() {
        return root;
    }

    private Value floats(String key, Weight tensor) {
        String value = values.get(key);
        if (value == null) {
            value = asFloat(initializer(key, tensor), tensor);
            values.put(key, value);
        }
        return new Value(
                value, tensor.dims().stream().mapToLong(Long::longValue).toArray());
    }

    private String initializer(String name, Weight tensor) {
        bound.put(name, tensor);
        if (tensor instanceof FileWeight file) {
            return graph.initializer(name, elementType(file.dtype()), file.dims(), placeOf(file));
        }
        return graph.initializer(
                name, ElementType.FLOAT, tensor.dims(), new ExternalData(name, 0, tensor.computedBytes()));
    }

    private ExternalData placeOf(FileWeight tensor) {
        if (!rootOf(tensor.file()).equals(root)) {
            throw new ModelLoadException(tensor.file() + " must be on the same drive as its checkpoint, " + root);
        }
        String location = root.relativize(tensor.file()).toString().replace('\\', '/');
        return new ExternalData(location, tensor.offset(), tensor.length());
    }

    private String asFloat(String value, Weight tensor) {
        return tensor instanceof FileWeight file && file.dtype() != Dtype.F32
                ? graph.node("Cast", List.of(value), Attribute.of("to", ElementType.FLOAT.number()))
                : value;
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
