package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworksTest {

    private static final EngineOptions OPTIONS = TestNetworks.options();
    private static final int[] IDS = new int[77];

    private final Cancellation none = new Cancellation();

    @TempDir
    Path temp;

    @Test
    void saysWhatComputesAndWhy() {
        EngineOptions cpu = new EngineOptions(OPTIONS.threads(), "cpu", false, OPTIONS.cache());
        try (TestNetworks models = open("tiny-sd1", cpu)) {
            assertThat(models.engine().device()).isEmpty();
            models.encodeText(IDS, 0, none);
            assertThat(models.engine().device()).hasValue("CPU (asked for)");
        }
    }

    @Test
    void anySizeWorksAlsoOneThatDoesNotHalveEvenly() {
        try (TestNetworks models = open("tiny-sd1", OPTIONS)) {
            Tensor prompt = models.encodeText(IDS, 0, none);

            float[] noise = models.predictNoise(new float[4 * 7 * 9], 7, 9, 10, prompt, null, none);
            float[] pixels = models.decode(new float[4 * 7 * 9], 7, 9, none);
            LatentDistribution latents = models.encode(new float[3 * 56 * 72], 56, 72, none);

            assertThat(prompt.shape()).containsExactly(1, 77, 32);
            assertThat(noise).hasSize(4 * 7 * 9);
            assertThat(pixels).hasSize(3 * 56 * 72);
            assertThat(latents.mean()).hasSize(4 * 7 * 9);
            assertThat(latents.sample(new float[4 * 7 * 9])).isEqualTo(latents.mean());
        }
    }

    @Test
    void thePresetsAndThreadsGiveTheSameNumbers() {
        float[] latents = new float[4 * 8 * 8];
        for (int i = 0; i < latents.length; i++) {
            latents[i] = (float) Math.sin(i);
        }
        float[] quick = noise(OPTIONS, latents);

        assertClose(noise(new EngineOptions(OPTIONS.threads(), "auto", true, OPTIONS.cache()), latents), quick, 1e-5f);
        assertClose(
                noise(new EngineOptions(OPTIONS.threads() + 1, "auto", false, OPTIONS.cache()), latents), quick, 1e-5f);
    }

    @Test
    void otherSpellingsOfTheSameWeightsGiveTheSameNumbers() throws IOException {
        float[] latents = new float[4 * 8 * 8];
        Arrays.fill(latents, 0.5f);
        float[] expected = noise(OPTIONS, latents);
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        // As transformers 5 writes it, with the ids that old files hold; shards; 32 bits; misaligned; bfloat16 in part.
        Path text = folder.resolve("text_encoder/model.safetensors");
        rewrite(text, text, name -> name.replace("text_model.", ""), Dtype.F32, "embeddings.position_ids");
        Path unet = folder.resolve("unet/diffusion_pytorch_model.safetensors");
        rewrite(unet, unet.resolveSibling("diffusion_pytorch_model.fp16.safetensors"), name -> name, Dtype.F32, "odd");
        Files.delete(unet);
        Path vae = folder.resolve("vae/diffusion_pytorch_model.safetensors");
        rewrite(vae, vae, NetworksTest::deprecated, Dtype.F16, "x");

        try (TestNetworks models = TestNetworks.open(folder, OPTIONS);
                TestNetworks original = open("tiny-sd1", OPTIONS)) {
            Tensor prompt = models.encodeText(IDS, 0, none);
            assertClose(models.predictNoise(latents, 8, 8, 7, prompt, null, none), expected, 1e-5f);
            assertClose(models.decode(latents, 8, 8, none), original.decode(latents, 8, 8, none), 1e-5f);
        }
    }

    @Test
    void bfloat16WeightsAreCloseToHalfPrecisionOnes() throws IOException {
        float[] latents = new float[4 * 8 * 8];
        Arrays.fill(latents, 0.5f);
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path unet = folder.resolve("unet/diffusion_pytorch_model.safetensors");
        rewrite(unet, unet, name -> name, Dtype.BF16, "x");

        try (TestNetworks models = TestNetworks.open(folder, OPTIONS)) {
            Tensor prompt = models.encodeText(IDS, 0, none);
            assertClose(models.predictNoise(latents, 8, 8, 7, prompt, null, none), noise(OPTIONS, latents), 0.1f);
        }
    }

    @Test
    void readyMadeOnnxModelsLoad() throws IOException {
        Path folder = OnnxLayout.export("tiny-sd1", temp.resolve("exported"));
        float[] latents = new float[4 * 8 * 8];
        Arrays.fill(latents, 0.5f);
        float[] pixels = new float[3 * 64 * 64];

        try (TestNetworks models = TestNetworks.open(folder, OPTIONS);
                TestNetworks original = open("tiny-sd1", OPTIONS)) {
            Tensor prompt = models.encodeText(IDS, 0, none);
            assertClose(prompt.values(), original.encodeText(IDS, 0, none).values(), 1e-6f);
            assertClose(models.predictNoise(latents, 8, 8, 7, prompt, null, none), noise(OPTIONS, latents), 1e-5f);
            assertClose(models.decode(latents, 8, 8, none), original.decode(latents, 8, 8, none), 1e-5f);
            assertClose(
                    models.encode(pixels, 64, 64, none).mean(),
                    original.encode(pixels, 64, 64, none).mean(),
                    1e-6f);
            assertThatThrownBy(() -> models.encodeText(IDS, 1, none))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage(folder.resolve("text_encoder/model.onnx")
                            + " is a ready-made text encoder: clip skip must be 0 but was 1");
        }
        assertThat(Checkpoint.open(folder).fingerprint(Set.of("unet", "vae_decoder")))
                .hasSize(64);
    }

    @Test
    void aWeightThatIsNotANumberIsNamed() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path unet = folder.resolve("unet/diffusion_pytorch_model.safetensors");
        SafetensorsFile file = SafetensorsFile.open(unet);
        FileWeight tensor = file.tensor("mid_block.resnets.0.conv1.weight").orElseThrow();
        byte[] bytes = Files.readAllBytes(unet);
        bytes[(int) tensor.offset() + 101] = 0x7E;
        Files.write(unet, bytes);

        try (TestNetworks models = TestNetworks.open(folder, OPTIONS)) {
            Tensor prompt = models.encodeText(IDS, 0, none);
            assertThatThrownBy(() -> models.predictNoise(new float[256], 8, 8, 1, prompt, null, none))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage(unet.toRealPath() + ": tensor mid_block.resnets.0.conv1.weight must hold finite numbers"
                            + " but holds NaN or an infinity");
        }
    }

    @Test
    void damagedWeightsShowWhenTheModelsAreOpened() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path vae = folder.resolve("vae/diffusion_pytorch_model.safetensors").toRealPath();
        byte[] whole = Files.readAllBytes(vae);
        Files.write(vae, Arrays.copyOf(whole, whole.length - 1000));

        Family family = Family.of(Checkpoint.open(folder), new Engine(OPTIONS));
        assertThatThrownBy(family::open)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(vae + " must have " + whole.length + " bytes by its header but has "
                        + (whole.length - 1000) + ": the download is incomplete ("
                        + 100L * (whole.length - 1000) / whole.length + " %), or the file is truncated");
    }

    @Test
    void aConfigThatDoesNotFitTheWeightsNamesTheTensor() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path config = folder.resolve("unet/config.json");
        Files.writeString(config, Files.readString(config).replace("\"in_channels\": 4", "\"in_channels\": 9"));

        try (TestNetworks models = TestNetworks.open(folder, OPTIONS)) {
            Tensor prompt = models.encodeText(IDS, 0, none);
            assertThatThrownBy(() -> models.predictNoise(new float[9 * 64], 8, 8, 1, prompt, null, none))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage(folder.resolve("unet/diffusion_pytorch_model.safetensors")
                                    .toRealPath()
                            + ": tensor conv_in.weight must have the shape [16, 9, 3, 3] that config.json asks for but has"
                            + " [16, 4, 3, 3]");
        }
    }

    @Test
    void aTokenOutsideTheVocabularyIsAnError() {
        try (TestNetworks models = open("tiny-sd1", OPTIONS)) {
            assertThatThrownBy(() -> models.encodeText(new int[] {49408}, 0, none))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessageEndingWith(
                            ": a token id must be below the text encoder's vocab_size, 49408, but was 49408:"
                                    + " tokenizer and text encoder do not belong together");
        }
    }

    @Test
    void whatWasCancelledBeforeDoesNotStart() {
        Cancellation cancelled = new Cancellation();
        cancelled.cancel();
        try (TestNetworks models = open("tiny-sd1", OPTIONS)) {
            assertThatThrownBy(() -> models.encodeText(IDS, 0, cancelled))
                    .isInstanceOf(GenerationCancelledException.class)
                    .hasMessage("the generation was cancelled");
            assertThat(models.encodeText(IDS, 0, none).values()).isNotEmpty();
        }
    }

    @Test
    void anInterruptedThreadStopsAndStaysInterrupted() {
        try (TestNetworks models = open("tiny-sd1", OPTIONS)) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> models.encodeText(IDS, 0, none)).isInstanceOf(GenerationCancelledException.class);

            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void closingWhileAModelRunsStopsItAndHarmsNothing() throws InterruptedException {
        TestNetworks models = open("tiny-sd1", OPTIONS);
        CountDownLatch once = new CountDownLatch(1);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread painter = new Thread(() -> end.complete(catchThrowable(() -> {
            while (true) {
                models.decode(new float[4 * 32 * 32], 32, 32, none);
                once.countDown();
            }
        })));
        painter.start();
        once.await();

        models.close();
        models.close();

        painter.join();
        assertThat(end.join()).isInstanceOfAny(GenerationCancelledException.class, IllegalStateException.class);
        assertThatThrownBy(() -> models.encodeText(IDS, 0, none))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the engine must be open but is closed");
    }

    private float[] noise(EngineOptions options, float[] latents) {
        try (TestNetworks models = open("tiny-sd1", options)) {
            Tensor prompt = models.encodeText(IDS, 0, none);
            return models.predictNoise(latents, 8, 8, 7, prompt, null, none);
        }
    }

    private static TestNetworks open(String name, EngineOptions options) {
        return TestNetworks.open(GoldenCheckpoints.directory(name), options);
    }

    private static String deprecated(String name) {
        return name.replace(".to_q.", ".query.")
                .replace(".to_k.", ".key.")
                .replace(".to_v.", ".value.")
                .replace(".to_out.0.", ".proj_attn.");
    }

    /** Writes the weights again under other names and in another type, after {@code extra}, a tensor nobody reads. */
    private static void rewrite(Path from, Path to, UnaryOperator<String> rename, Dtype dtype, String extra) {
        SafetensorsFile file = SafetensorsFile.open(from);
        SafetensorsWriter writer = new SafetensorsWriter().add(extra, Dtype.U8, new byte[3], 3);
        for (FileWeight tensor : file.tensors().values()) {
            long[] shape = tensor.dims().stream().mapToLong(Long::longValue).toArray();
            String name = rename.apply(tensor.name());
            if (name.matches(".*(query|key|value|proj_attn)\\.weight")) {
                shape = new long[] {shape[0], shape[1], 1, 1};
            }
            writer.add(
                    name,
                    dtype,
                    dtype == Dtype.F16
                            ? file.bytes(tensor.name()).array()
                            : converted(file.floats(tensor.name()), dtype),
                    shape);
        }
        writer.write(to);
    }

    private static byte[] converted(float[] values, Dtype dtype) {
        ByteBuffer bytes = ByteBuffer.allocate(dtype.bytes() * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            if (dtype == Dtype.F32) {
                bytes.putFloat(value);
            } else {
                bytes.putShort((short) (Float.floatToIntBits(value) >>> 16));
            }
        }
        return bytes.array();
    }

    private static void assertClose(float[] actual, float[] expected, float tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        float largest = 0;
        float difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertThat(difference).isLessThanOrEqualTo(tolerance * largest);
    }
}
