package dev.triptych.diffusion.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.RunOptions;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A loaded network. Inputs and outputs go by the names of its graph; those of a ready-made model are matched by the
 * network, and get the element type they ask for. Used on one thread at a time, and closed when idle.
 */
final class ModelSession implements AutoCloseable {

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Network network;
    private final List<Weight> weights;
    private final long copiedBytes;
    private final List<Weight> shared;
    private final Optional<String> arenaToGiveBack;
    private final Runnable release;
    private final Map<String, TensorInfo> inputs = new HashMap<>();
    private final Map<String, TensorInfo> outputs = new HashMap<>();

    private ModelSession(
            OrtRuntime runtime,
            OrtSession session,
            Network network,
            List<Weight> weights,
            long copiedBytes,
            List<Weight> shared,
            Optional<String> arenaToGiveBack,
            Runnable release)
            throws OrtException {
        this.environment = runtime.environment();
        this.session = session;
        this.network = network;
        this.weights = weights;
        this.copiedBytes = copiedBytes;
        this.shared = shared;
        this.arenaToGiveBack = arenaToGiveBack;
        this.release = release;
        addTensors(session.getInputInfo(), inputs);
        addTensors(session.getOutputInfo(), outputs);
    }

    /** Loads a graph of {@code network}. */
    static ModelSession load(
            OrtRuntime runtime, PreparedWeights prepared, Network network, ModelGraph graph, Residence residence)
            throws OrtException {
        Map<String, Weight> kept = graph.made();
        Map<String, Weight> copied = new LinkedHashMap<>();
        if (!runtime.keepsWeights(network.profile(), residence)) {
            copied.putAll(graph.copied());
            kept.keySet().removeAll(copied.keySet());
        }
        Map<String, OnnxTensor> keptTensors = prepared.acquire(kept);
        boolean loaded = false;
        try (SessionOptions options = runtime.sessionOptions(network.profile(), residence)) {
            if (graph.hasBlocks()) {
                runtime.keepBlocks(options);
            }
            if (graph.integerBytes() > 0) {
                runtime.packIntegers(options);
            }
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    graph.weightsRoot().toString());
            for (Map.Entry<String, OnnxTensor> tensor : keptTensors.entrySet()) {
                options.addInitializer(tensor.getKey(), tensor.getValue());
            }
            OrtSession session = session(runtime, prepared, graph, copied, options);
            ModelSession result = new ModelSession(
                    runtime,
                    session,
                    network,
                    graph.weights(),
                    bytes(copied.values()) + graph.integerBytes(),
                    List.copyOf(kept.values()),
                    runtime.arenaToGiveBack(network.profile(), residence),
                    () -> prepared.release(kept.values()));
            loaded = true;
            return result;
        } finally {
            if (!loaded) {
                prepared.release(kept.values());
            }
        }
    }

    /** The session, with its own copies of {@code copied}, which it can rearrange. */
    private static OrtSession session(
            OrtRuntime runtime,
            PreparedWeights prepared,
            ModelGraph graph,
            Map<String, Weight> copied,
            SessionOptions options)
            throws OrtException {
        Map<String, OnnxTensor> tensors = prepared.acquire(copied);
        try {
            if (!tensors.isEmpty()) {
                options.addExternalInitializers(new HashMap<String, OnnxTensorLike>(tensors));
            }
            return runtime.environment().createSession(graph.model(), options);
        } finally {
            prepared.release(copied.values());
        }
    }

    private static long bytes(Collection<Weight> weights) {
        return weights.stream().mapToLong(Weight::computedBytes).sum();
    }

    /** Loads a ready-made ONNX model. */
    static ModelSession load(OrtRuntime runtime, Network network, Path model, long bytes) throws OrtException {
        try (SessionOptions options = runtime.sessionOptions(network.profile(), Residence.KEPT)) {
            OrtSession session = runtime.environment().createSession(model.toString(), options);
            return new ModelSession(
                    runtime,
                    session,
                    network,
                    List.of(),
                    bytes,
                    List.of(),
                    runtime.arenaToGiveBack(network.profile(), Residence.KEPT),
                    () -> {});
        }
    }

    /** The network it runs. */
    Network network() {
        return network;
    }

    /** Memory for its own copies of weights, beside {@link PreparedWeights}, in bytes. */
    long copiedBytes() {
        return copiedBytes;
    }

    /** What closing it gives back of weights, in bytes. */
    long ownBytes(PreparedWeights prepared) {
        return copiedBytes + prepared.ownBytes(shared);
    }

    /**
     * Runs the network.
     *
     * @param feeds values for the inputs, by our names
     * @param wanted the outputs to return, by our names
     * @throws ModelLoadException if the network has an input that is not fed, or an output is not finite
     */
    Map<String, Tensor> run(Map<String, Tensor> feeds, Set<String> wanted, RunOptions options) throws OrtException {
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            for (Map.Entry<String, TensorInfo> input : inputs.entrySet()) {
                Tensor value = feeds.get(network.feedFor(port(input)));
                if (value == null) {
                    throw new ModelLoadException("the " + network.label() + " must have no inputs but " + feeds.keySet()
                            + " but has " + inputs.keySet());
                }
                tensors.put(input.getKey(), tensor(value, input.getValue()));
            }
            if (arenaToGiveBack.isPresent()) {
                options.addRunConfigEntry("memory.enable_memory_arena_shrinkage", arenaToGiveBack.get());
            }
            Map<String, String> names = new LinkedHashMap<>();
            wanted.forEach(ours -> names.put(ours, outputName(ours)));
            Map<String, Tensor> results = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(tensors, new LinkedHashSet<>(names.values()), options)) {
                for (Map.Entry<String, String> name : names.entrySet()) {
                    OnnxTensor output = (OnnxTensor) result.get(name.getValue()).orElseThrow();
                    results.put(name.getKey(), finite(output, name.getValue()));
                }
            }
            return results;
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() throws OrtException {
        try {
            session.close();
        } finally {
            release.run();
        }
    }

    private String outputName(String ours) {
        return outputs.containsKey(ours)
                ? ours
                : network.outputFor(
                        ours,
                        outputs.entrySet().stream().map(ModelSession::port).toList());
    }

    private static Network.Port port(Map.Entry<String, TensorInfo> tensor) {
        return new Network.Port(tensor.getKey(), tensor.getValue().getShape().length);
    }

    private OnnxTensor tensor(Tensor value, TensorInfo info) throws OrtException {
        // A timestep is [1, 1] for us, and a scalar or a list of one elsewhere.
        long[] shape = info.getShape().length == value.shape().length
                ? value.shape()
                : Arrays.copyOf(new long[] {1, 1}, info.getShape().length);
        float[] values = value.values();
        return switch (info.type) {
            case FLOAT -> OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
            case FLOAT16 ->
                OnnxTensor.createTensor(
                        environment,
                        Fp16Conversions.convertFloatBufferToFp16Buffer(FloatBuffer.wrap(values)),
                        shape,
                        OnnxJavaType.FLOAT16);
            case INT32 -> OnnxTensor.createTensor(environment, IntBuffer.wrap(integers(values)), shape);
            case INT64 -> OnnxTensor.createTensor(environment, LongBuffer.wrap(longs(values)), shape);
            default ->
                throw new ModelLoadException(
                        "the " + network.label() + " must take floats, halves or integers but takes " + info.type);
        };
    }

    private static int[] integers(float[] values) {
        int[] integers = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            integers[i] = Math.round(values[i]);
        }
        return integers;
    }

    private static long[] longs(float[] values) {
        return Arrays.stream(integers(values)).asLongStream().toArray();
    }

    /** The result, after a look for NaN: if a damaged weight is its cause, that is searched for and named. */
    private Tensor finite(OnnxTensor tensor, String output) {
        Tensor result =
                new Tensor(tensor.getInfo().getShape(), tensor.getFloatBuffer().array());
        for (float value : result.values()) {
            if (!Float.isFinite(value)) {
                Weights.checkFinite(weights);
                throw new NotFiniteException("the " + network.label() + "'s " + output
                        + " must be finite numbers but holds NaN or an infinity, though its weights are finite");
            }
        }
        return result;
    }

    private static void addTensors(Map<String, NodeInfo> nodes, Map<String, TensorInfo> tensors) {
        List<String> others = new ArrayList<>();
        nodes.forEach((name, node) -> {
            if (node.getInfo() instanceof TensorInfo info) {
                tensors.put(name, info);
            } else {
                others.add(name);
            }
        });
        if (!others.isEmpty()) {
            throw new ModelLoadException("a model's inputs and outputs must be tensors but these are not: " + others);
        }
    }
}
