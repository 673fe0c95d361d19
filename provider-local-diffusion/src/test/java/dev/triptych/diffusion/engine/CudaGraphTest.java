package dev.triptych.diffusion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.CudaLayers;
import dev.triptych.diffusion.network.layers.FeedForward;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.onnx.CudaStandIns;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.MemoryWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * What is computed in 16-bit floats by CUDA's kernels is what the CPU computes in 32, but for the rounding. There is no
 * GPU here: {@link CudaStandIns} are the kernels.
 */
class CudaGraphTest {

    private static final long CHANNELS = 320;
    private static final long[] PICTURE = {1, CHANNELS, 4, 6};

    @Test
    void fusedKernelsComputeWhatTheLayersDo() throws OrtException {
        Map<String, Weight> tensors = new LinkedHashMap<>();
        for (String norm : List.of("norm1", "norm2", "norm")) {
            put(tensors, norm + ".weight", 1, CHANNELS);
            put(tensors, norm + ".bias", 1, CHANNELS);
        }
        for (String conv : List.of("conv1", "half")) {
            put(tensors, conv + ".weight", 0.03, CHANNELS, CHANNELS, 3, 3);
            put(tensors, conv + ".bias", 1, CHANNELS);
        }
        put(tensors, "up.weight", 0.02, CHANNELS, 2 * CHANNELS, 3, 3);
        put(tensors, "up.bias", 1, CHANNELS);
        put(tensors, "ff.0.proj.weight", 0.1, 8 * CHANNELS, CHANNELS);
        put(tensors, "ff.0.proj.bias", 1, 8 * CHANNELS);
        put(tensors, "ff.2.weight", 0.05, CHANNELS, 4 * CHANNELS);
        put(tensors, "ff.2.bias", 1, CHANNELS);
        Weights weights = Weights.of(tensors, Path.of("memory").toAbsolutePath().toString(), "memory");
        Map<String, Tensor> feeds = Map.of("sample", random(3, PICTURE), "time", random(4, 1, CHANNELS, 1, 1));

        ModelGraph cuda = resnetAndTransformer(new CudaLayers("cuda", weights));
        Tensor expected = run(resnetAndTransformer(new Layers("cpu", weights)), UnaryOperator.identity(), feeds);
        Tensor actual = run(cuda, CudaStandIns::onCpu, feeds);

        assertThat(operators(cuda))
                .contains("NhwcConv", "GroupNorm", "SkipGroupNorm", "BiasSplitGelu", "MultiHeadAttention")
                .doesNotContain("InstanceNormalization", "Gelu");
        assertThat(actual.shape()).containsExactly(PICTURE);
        assertThat(difference(actual.values(), expected.values())).isLessThan(1e-3);
    }

    @Test
    void theBundledUnetPredictsTheSame() throws OrtException {
        Path folder = BundledCheckpoint.directory(UserCache.folder()).resolve("unet");
        Part part = Part.at(folder);
        Unet unet = new Unet(UnetConfig.read(part.config()), part);
        Map<String, Tensor> text = Map.of("encoder_hidden_states", random(1, 1, 77, 256));
        Tensor latents = random(2, 1, 8, 16, 16);
        float[] expected;
        try (Engine engine = new Engine(TestNetworks.options())) {
            expected = unet.predict(engine, new Unet.Input(latents, 741, text), new Cancellation());
        }

        ModelGraph graph = unet.cudaGraph(Unet.plainShape(latents, text)).orElseThrow();
        Map<String, Tensor> other = Map.of("encoder_hidden_states", random(5, 1, 77, 256));
        float[] both = run(
                        graph,
                        CudaStandIns::onCpu,
                        feeds(Unet.stacked(new Unet.Input(latents, 741, other), new Unet.Input(latents, 741, text))
                                .orElseThrow()))
                .values();

        assertThat(operators(graph)).contains("NhwcConv", "MultiHeadAttention");
        assertThat(difference(Arrays.copyOfRange(both, both.length / 2, both.length), expected))
                .isLessThan(1e-3);
    }

    @Test
    void unusualConfigurationsPredictTheSame() throws IOException, OrtException {
        Optional<Path> golden = GoldenCheckpoints.fullSet();
        assumeTrue(golden.isPresent(), "the full set of reference values is not on this machine");
        SafetensorsFile values = SafetensorsFile.open(golden.get().resolve("expected/unet-variants.safetensors"));
        JsonNode description = new ObjectMapper()
                .readTree(golden.get().resolve("expected/unet-variants.json").toFile());
        for (JsonNode evaluation : description.path("evaluations")) {
            String name = evaluation.path("name").asText();
            Part part = Part.at(golden.get().resolve(evaluation.path("folder").asText()));
            Unet unet = new Unet(UnetConfig.read(part.config()), part);
            Map<String, Tensor> feeds = new HashMap<>();
            for (JsonNode input : evaluation.path("inputs")) {
                Tensor tensor = whole(values, name + ".in." + input.asText());
                boolean isVector = tensor.shape().length == 1;
                feeds.put(
                        input.asText(),
                        isVector ? new Tensor(new long[] {tensor.shape()[0], 1}, tensor.values()) : tensor);
            }
            Tensor sample = Objects.requireNonNull(feeds.get("sample"));
            float[] out = run(unet.cudaGraph(Unet.plainShape(sample, feeds)).orElseThrow(), CudaStandIns::onCpu, feeds)
                    .values();
            assertThat(difference(out, values.floats(name + ".out"))).as(name).isLessThan(5e-3);
        }
    }

    private static Tensor whole(SafetensorsFile file, String name) {
        long[] shape = file.tensor(name).orElseThrow().dims().stream()
                .mapToLong(Long::longValue)
                .toArray();
        return new Tensor(shape, file.floats(name));
    }

    /** A residual block that hears the time, what looks at the picture, halving, doubling and a skip. */
    private static ModelGraph resnetAndTransformer(Layers layers) {
        Value input = layers.input("sample", ElementType.FLOAT, layers.pictures(), CHANNELS, PICTURE[2], PICTURE[3]);
        Value time = layers.input("time", ElementType.FLOAT, layers.pictures(), CHANNELS, 1, 1);
        Value x = layers.convolution(layers.silu(layers.groupNorm(input, "norm1", 32, 1e-5f)), "conv1", CHANNELS, 3);
        x = layers.silu(layers.groupNorm(layers.add(x, time), "norm2", 32, 1e-5f));
        Value skip = layers.add(input, x);
        x = layers.convolution(skip, "half", CHANNELS, 3, 2, 1, 1, 1, 1);
        Value tokens = layers.toSequence(layers.groupNorm(x, "norm", 32, 1e-6f));
        tokens = Attention.multiHead(layers, tokens, tokens, tokens, 8, false);
        tokens = FeedForward.geglu(layers, tokens, "ff", CHANNELS);
        x = layers.add(layers.toPicture(tokens, x), x);
        x = layers.resize(x, PICTURE[2], PICTURE[3]);
        layers.output("out", layers.convolution(layers.concatChannels(x, skip), "up", CHANNELS, 3));
        return layers.finish();
    }

    private static Tensor run(ModelGraph graph, UnaryOperator<byte[]> changed, Map<String, Tensor> feeds)
            throws OrtException {
        OrtEnvironment environment = OrtRuntime.start(TestNetworks.options()).environment();
        Map<String, OnnxTensor> tensors = new HashMap<>();
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try (SessionOptions options = new SessionOptions()) {
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    graph.weightsRoot().toString());
            for (Map.Entry<String, Weight> made : graph.made().entrySet()) {
                long[] dims = made.getValue().dims().stream()
                        .mapToLong(Long::longValue)
                        .toArray();
                tensors.put(
                        made.getKey(), tensor(environment, dims, made.getValue().values()));
            }
            options.addExternalInitializers(new HashMap<>(tensors));
            for (Map.Entry<String, Tensor> feed : feeds.entrySet()) {
                inputs.put(
                        feed.getKey(),
                        tensor(
                                environment,
                                feed.getValue().shape(),
                                feed.getValue().values()));
            }
            try (OrtSession session = environment.createSession(changed.apply(graph.model()), options);
                    OrtSession.Result result = session.run(inputs)) {
                OnnxTensor output = (OnnxTensor) result.get(0);
                return new Tensor(
                        output.getInfo().getShape(), output.getFloatBuffer().array());
            }
        } finally {
            tensors.values().forEach(OnnxTensor::close);
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, long[] dims, float[] values) throws OrtException {
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), dims);
    }

    private static Map<String, Tensor> feeds(Unet.Input input) {
        Map<String, Tensor> feeds = new HashMap<>(input.conditioning());
        feeds.put("sample", input.sample());
        int pictures = (int) input.sample().shape()[0];
        float[] times = new float[pictures];
        Arrays.fill(times, input.timestep());
        feeds.put("timestep", new Tensor(new long[] {pictures, 1}, times));
        return feeds;
    }

    private static Set<String> operators(ModelGraph graph) {
        String model = new String(graph.model(), StandardCharsets.ISO_8859_1);
        List<String> known = new ArrayList<>(List.of(
                "NhwcConv",
                "SkipGroupNorm",
                "GroupNorm",
                "BiasSplitGelu",
                "MultiHeadAttention",
                "Gelu",
                "InstanceNormalization"));
        known.removeIf(operator -> !model.contains("\"" + (char) operator.length() + operator));
        return Set.copyOf(known);
    }

    private static void put(Map<String, Weight> tensors, String name, double scale, long... dims) {
        Random random = new Random(name.hashCode());
        int size = (int) Weight.elements(Weight.list(dims));
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        tensors.put(name, new MemoryWeight(name, Weight.list(dims), "memory", name, () -> values));
    }

    private static Tensor random(long seed, long... dims) {
        Random random = new Random(seed);
        float[] values = new float[(int) Weight.elements(Weight.list(dims))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Tensor(dims, values);
    }

    /** The largest difference, relative to the largest expected value. */
    private static double difference(float[] actual, float[] expected) {
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return difference / largest;
    }
}
