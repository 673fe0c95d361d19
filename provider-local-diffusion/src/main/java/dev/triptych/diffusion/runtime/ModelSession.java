package dev.triptych.diffusion.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.RunOptions;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.StoredTensor;
import dev.triptych.diffusion.checkpoint.Weights;
import dev.triptych.diffusion.graph.ModelGraph;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A loaded model. Inputs and outputs go by the names of our own graphs; a ready-made model's inputs are recognised by
 * name or number of axes, and get the element type they ask for. Used on one thread at a time, and closed when idle.
 */
final class ModelSession implements AutoCloseable {

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final ModelKind kind;
    private final List<StoredTensor> weights;
    private final Map<String, TensorInfo> inputs = new HashMap<>();
    private final Map<String, TensorInfo> outputs = new HashMap<>();

    private ModelSession(OrtRuntime runtime, OrtSession session, ModelKind kind, List<StoredTensor> weights)
            throws OrtException {
        this.environment = runtime.environment();
        this.session = session;
        this.kind = kind;
        this.weights = weights;
        addTensors(session.getInputInfo(), inputs);
        addTensors(session.getOutputInfo(), outputs);
    }

    /** Loads a graph built from a checkpoint. */
    static ModelSession load(OrtRuntime runtime, ModelKind kind, ModelGraph graph) throws OrtException {
        try (SessionOptions options = runtime.sessionOptions(kind)) {
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    graph.weightsRoot().toString());
            OrtSession session = runtime.environment().createSession(graph.model(), options);
            return new ModelSession(runtime, session, kind, graph.weights());
        }
    }

    /** Loads a ready-made ONNX model. */
    static ModelSession load(OrtRuntime runtime, ModelKind kind, Path model) throws OrtException {
        try (SessionOptions options = runtime.sessionOptions(kind)) {
            OrtSession session = runtime.environment().createSession(model.toString(), options);
            return new ModelSession(runtime, session, kind, List.of());
        }
    }

    /**
     * Runs the model.
     *
     * @param feed values for the inputs, by our names
     * @param output the output to return, by our name
     * @throws ModelLoadException if the model has an input that is not fed, or its output is not finite
     */
    Tensor run(Map<String, Tensor> feed, String output, RunOptions options) throws OrtException {
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            for (Map.Entry<String, TensorInfo> input : inputs.entrySet()) {
                Tensor value = feed.get(ours(input.getKey(), input.getValue()));
                if (value == null) {
                    throw new ModelLoadException("the " + kind + " must have no inputs but " + feed.keySet()
                            + " but has " + inputs.keySet());
                }
                tensors.put(input.getKey(), tensor(value, input.getValue()));
            }
            String name = outputs.containsKey(output) ? output : likeliest(output);
            try (OrtSession.Result result = session.run(tensors, Set.of(name), options)) {
                return finite((OnnxTensor) result.get(0), name);
            }
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }

    /** Our name for the input {@code name} of a model made elsewhere. */
    private static String ours(String name, TensorInfo info) {
        int axes = info.getShape().length;
        if (name.contains("cond") && !name.contains("hidden")) {
            return "timestep_cond";
        }
        if (name.equals("timestep") || name.equals("t") || axes < 2) {
            return "timestep";
        }
        if (axes == 4) {
            return name.startsWith("latent") ? "latent_sample" : "sample";
        }
        return axes == 3 ? "encoder_hidden_states" : name;
    }

    /** The output of a model made elsewhere that stands for ours: of the right number of axes, the first by name. */
    private String likeliest(String output) {
        boolean text = output.equals("embeddings");
        if (text && outputs.containsKey("last_hidden_state")) {
            return "last_hidden_state";
        }
        int axes = text ? 3 : 4;
        return outputs.entrySet().stream()
                .filter(entry -> entry.getValue().getShape().length == axes)
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .orElseThrow(() -> new ModelLoadException(
                        "the " + kind + " must have an output of " + axes + " axes but has " + outputs.keySet()));
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
                        "the " + kind + " must take floats, halves or integers but takes " + info.type);
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

    /**
     * The result, after a look for NaN: its cause is usually a damaged weight, which then is searched for and named.
     */
    private Tensor finite(OnnxTensor tensor, String output) {
        Tensor result =
                new Tensor(tensor.getInfo().getShape(), tensor.getFloatBuffer().array());
        for (float value : result.values()) {
            if (!Float.isFinite(value)) {
                Weights.checkFinite(weights);
                throw new ModelLoadException("the " + kind + "'s " + output
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
