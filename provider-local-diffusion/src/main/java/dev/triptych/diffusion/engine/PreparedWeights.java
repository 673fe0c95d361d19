package dev.triptych.diffusion.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.KernelWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.WidenedWeight;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The weights that do not lie ready in a file, made once and shared by all sessions that compute with them: two sizes
 * of a network, or a network with a LoRA and without. ONNX Runtime makes them itself, with all its threads, in small
 * graphs of their own: widening half a gigabyte takes a tenth of a second. Used on the worker's thread alone.
 */
final class PreparedWeights {

    /** What one graph makes; between two of them, what was read for the first is let go. */
    private static final long BATCH = 256L << 20;

    private final OrtRuntime runtime;
    private final Map<String, Prepared> prepared = new HashMap<>();

    private static final class Prepared {
        private final OnnxTensor tensor;
        private final Optional<OnnxTensor> owner;
        private final long bytes;
        private int users;

        /** @param owner what ONNX Runtime made, if {@code tensor} is a view of it */
        Prepared(OnnxTensor tensor, Optional<OnnxTensor> owner, long bytes) {
            this.tensor = tensor;
            this.owner = owner;
            this.bytes = bytes;
        }

        void close() {
            tensor.close();
            owner.ifPresent(OnnxTensor::close);
        }
    }

    PreparedWeights(OrtRuntime runtime) {
        this.runtime = runtime;
    }

    /**
     * The tensors of {@code wanted}, by the same names; they stay until {@link #release} has been called as often.
     *
     * @throws OrtException if one cannot be made; nothing is kept for the caller then
     */
    Map<String, OnnxTensor> acquire(Map<String, Weight> wanted) throws OrtException {
        Map<String, Weight> missing = new LinkedHashMap<>();
        wanted.values().stream()
                .filter(weight -> !prepared.containsKey(key(weight)))
                .forEach(weight -> missing.put(key(weight), weight));
        try {
            for (Map<String, Weight> batch : batches(missing)) {
                prepare(batch);
            }
        } catch (OrtException | RuntimeException | Error e) {
            closeUnused();
            throw e;
        }
        Map<String, OnnxTensor> tensors = new HashMap<>();
        wanted.forEach((name, weight) -> tensors.put(name, prepared(weight).tensor));
        keys(wanted.values()).forEach(key -> prepared(key).users++);
        return tensors;
    }

    /** Ends one use of {@code weights}; what nobody uses is freed. */
    void release(Collection<Weight> weights) {
        keys(weights).forEach(key -> prepared(key).users--);
        closeUnused();
    }

    /** What these would take that is not there yet, in bytes. */
    long missingBytes(Collection<Weight> weights) {
        Map<String, Long> missing = new HashMap<>();
        for (Weight weight : weights) {
            if (!prepared.containsKey(key(weight))) {
                missing.put(key(weight), weight.computedBytes());
            }
        }
        return missing.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What would be freed if one user of {@code weights} went, in bytes. */
    long ownBytes(Collection<Weight> weights) {
        return keys(weights).stream()
                .map(this::prepared)
                .filter(one -> one.users == 1)
                .mapToLong(one -> one.bytes)
                .sum();
    }

    /** What all take, in bytes. */
    long bytes() {
        return prepared.values().stream().mapToLong(one -> one.bytes).sum();
    }

    private static String key(Weight weight) {
        return weight.identity() + weight.dims();
    }

    private static Set<String> keys(Collection<Weight> weights) {
        Set<String> keys = new HashSet<>();
        weights.forEach(weight -> keys.add(key(weight)));
        return keys;
    }

    private Prepared prepared(Weight weight) {
        return prepared(key(weight));
    }

    private Prepared prepared(String key) {
        Prepared one = prepared.get(key);
        if (one == null) {
            throw new IllegalStateException("a weight in use must be kept but was not: " + key);
        }
        return one;
    }

    private void closeUnused() {
        prepared.values().removeIf(one -> {
            if (one.users == 0) {
                one.close();
            }
            return one.users == 0;
        });
    }

    private static List<Map<String, Weight>> batches(Map<String, Weight> weights) {
        List<Map<String, Weight>> batches = new ArrayList<>();
        long bytes = BATCH;
        for (Map.Entry<String, Weight> weight : weights.entrySet()) {
            if (bytes + weight.getValue().computedBytes() > BATCH) {
                batches.add(new LinkedHashMap<>());
                bytes = 0;
            }
            bytes += weight.getValue().computedBytes();
            batches.get(batches.size() - 1).put(weight.getKey(), weight.getValue());
        }
        return batches;
    }

    private void prepare(Map<String, Weight> batch) throws OrtException {
        Map<String, FloatBuffer> computed = computed(batch.values());
        Map<String, Weight> made = new LinkedHashMap<>(batch);
        made.values().removeIf(weight -> !(weight instanceof KernelWeight || weight instanceof WidenedWeight));
        for (Map.Entry<String, Weight> weight : batch.entrySet()) {
            if (!made.containsKey(weight.getKey())) {
                OnnxTensor tensor = tensor(weight.getValue(), computed);
                prepared.put(
                        weight.getKey(),
                        new Prepared(tensor, Optional.empty(), weight.getValue().computedBytes()));
            }
        }
        if (made.isEmpty()) {
            return;
        }
        Map<String, OnnxTensor> feeds = new HashMap<>();
        try {
            for (Weight weight : made.values()) {
                Weight base = base(weight);
                if (!(base instanceof FileWeight) && !feeds.containsKey(key(base))) {
                    feeds.put(key(base), tensor(base, computed));
                }
            }
            make(made, feeds);
        } finally {
            feeds.values().forEach(OnnxTensor::close);
        }
    }

    /** What Java computes, on all processors: a LoRA patches hundreds of matrices. */
    private static Map<String, FloatBuffer> computed(Collection<Weight> weights) {
        Map<String, FloatBuffer> values = new ConcurrentHashMap<>();
        weights.parallelStream()
                .map(PreparedWeights::base)
                .filter(base -> !(base instanceof FileWeight))
                .forEach(base ->
                        values.computeIfAbsent(key(base), key -> TensorMemory.direct(FloatBuffer.wrap(base.values()))));
        return values;
    }

    private static Weight base(Weight weight) {
        if (weight instanceof KernelWeight kernels) {
            return base(kernels.base());
        }
        return weight instanceof WidenedWeight widened ? widened.stored() : weight;
    }

    private OnnxTensor tensor(Weight weight, Map<String, FloatBuffer> computed) throws OrtException {
        FloatBuffer values = computed.get(key(weight));
        if (values == null) {
            throw new IllegalStateException("a weight must be computed but was not: " + weight.name());
        }
        return tensor(weight, values);
    }

    private OnnxTensor tensor(Weight weight, FloatBuffer values) throws OrtException {
        long[] shape = weight.dims().stream().mapToLong(Long::longValue).toArray();
        return OnnxTensor.createTensor(runtime.environment(), values, shape);
    }

    private void make(Map<String, Weight> made, Map<String, OnnxTensor> feeds) throws OrtException {
        Path root = Path.of("").toAbsolutePath().getRoot();
        for (Weight weight : made.values()) {
            if (base(weight) instanceof FileWeight file) {
                root = file.file().toAbsolutePath().getRoot();
            }
        }
        byte[] model = new Recipe(root).write(made);
        try (SessionOptions options = options(root);
                OrtSession session = runtime.environment().createSession(model, options)) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            feeds.forEach((key, tensor) -> inputs.put(key, tensor));
            OrtSession.Result result = session.run(inputs); // not closed: its tensors are what was wanted
            for (Map.Entry<String, OnnxValue> output : result) {
                String key = output.getKey();
                keep(key, weight(made, key), (OnnxTensor) output.getValue());
            }
        }
    }

    private static Weight weight(Map<String, Weight> made, String key) {
        Weight weight = made.get(key);
        if (weight == null) {
            throw new IllegalStateException("only what was asked for must be made but there was " + key);
        }
        return weight;
    }

    private void keep(String key, Weight weight, OnnxTensor made) throws OrtException {
        FloatBuffer memory = TensorMemory.of(made);
        prepared.put(key, new Prepared(tensor(weight, memory), Optional.of(made), weight.computedBytes()));
    }

    private SessionOptions options(Path root) throws OrtException {
        SessionOptions options = runtime.plainOptions();
        options.setOptimizationLevel(OptLevel.NO_OPT);
        options.setCPUArenaAllocator(false); // each weight is memory of its own, which can be given back
        options.setMemoryPatternOptimization(false);
        options.addConfigEntry("session.model_external_initializers_file_folder_path", root.toString());
        return options;
    }

    /** The graph that makes weights: one output for each, with the weight's key as its name. */
    private static final class Recipe {
        private final GraphBuilder graph = new GraphBuilder("weights");
        private final Path root;
        private final Map<String, String> bases = new HashMap<>();

        Recipe(Path root) {
            this.root = root;
        }

        byte[] write(Map<String, Weight> made) {
            made.forEach((key, weight) -> {
                if (weight instanceof KernelWeight kernels) {
                    transform(key, kernels);
                } else {
                    widen(key, stored("file " + key, (FileWeight) base(weight)));
                    graph.output(
                            key,
                            ElementType.FLOAT,
                            weight.dims().stream().mapToLong(Long::longValue).toArray());
                }
            });
            return graph.toModel();
        }

        private String wide(Weight weight) {
            Weight base = base(weight);
            return bases.computeIfAbsent(
                    key(base), key -> base instanceof FileWeight file ? wide("kernels " + key, file) : fed(key, base));
        }

        /** Two axes are enough here: memory is what counts. */
        private void transform(String key, KernelWeight kernels) {
            KernelWeight.Form form = kernels.form();
            String matrix = graph.constant(
                    List.of((long) form.made(), (long) form.taken()),
                    floats(form.matrix().stream().flatMap(List::stream).toList()));
            String rows = graph.node(
                    "Reshape", List.of(wide(kernels.base()), graph.constant(kernels.kernels(), form.taken())));
            List<String> factors = form.outermost() ? List.of(matrix, rows) : List.of(rows, matrix);
            graph.nodeTo(key, GraphBuilder.MICROSOFT, "FusedMatMul", factors, Attribute.of("transB", 1));
            long[] dims = form.outermost()
                    ? new long[] {form.made(), kernels.kernels()}
                    : new long[] {kernels.kernels(), form.made()};
            graph.output(key, ElementType.FLOAT, dims);
        }

        private String wide(String name, FileWeight file) {
            String initializer = stored(name, file);
            return file.dtype() == Dtype.F32 ? initializer : widen(name + " wide", initializer);
        }

        private String stored(String name, FileWeight file) {
            return file.addTo(graph, name, root);
        }

        private String widen(String name, String narrow) {
            graph.nodeTo(name, "", "Cast", List.of(narrow), Attribute.of("to", ElementType.FLOAT.number()));
            return name;
        }

        private String fed(String key, Weight base) {
            return graph.input(
                    key,
                    ElementType.FLOAT,
                    base.dims().stream().mapToLong(Long::longValue).toArray());
        }

        private static float[] floats(List<Float> values) {
            float[] floats = new float[values.size()];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = values.get(i);
            }
            return floats;
        }
    }
}
