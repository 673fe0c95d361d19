package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.diffusion.hub.FakeHub;
import dev.triptych.diffusion.hub.HubSettings;
import dev.triptych.diffusion.pixels.Pixels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A generator whose model is on the hub, and what else can be named. */
class ModelHubTest {

    @TempDir
    Path temp;

    private final FakeHub server = new FakeHub();

    @AfterEach
    void close() {
        server.close();
    }

    private ModelHub hub(String... more) {
        Map<String, String> environment = new java.util.HashMap<>(Map.of(
                "HF_ENDPOINT",
                server.endpoint(),
                "HF_HUB_CACHE",
                temp.resolve("hub").toString()));
        for (String variable : more) {
            environment.put(variable, "1");
        }
        return ModelHub.of(HubSettings.of(environment, () -> temp), temp.resolve("files"));
    }

    private void offerTheTinyCheckpoint() throws IOException {
        Path folder = GoldenCheckpoints.directory("tiny-sd1");
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                server.file(folder.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
    }

    private ImageGenerator generator(ModelHub hub) {
        return LocalDiffusionGenerator.builder()
                .checkpoint(ModelSource.parse(FakeHub.REPO))
                .hub(hub)
                .build();
    }

    @Test
    void theSafetyCheckerIsDownloadedWhereItIsAskedFor() throws IOException {
        offerTheTinyCheckpoint();
        server.file("safety_checker/config.json", "{}".getBytes(StandardCharsets.UTF_8));
        server.file("safety_checker/model.safetensors", new byte[] {1, 2, 3});
        LocalSettings plain = LocalSettings.bundled().withCheckpoint(ModelSource.parse(FakeHub.REPO));
        LocalSettings checked = plain.withSafetyChecker(true);

        Path folder =
                LocalFiles.find(plain, this::hub, GenerationContext.create()).checkpoint();
        assertThat(folder.resolve("safety_checker")).doesNotExist();
        assertThat(LocalFiles.cached(checked, this::hub)).isEmpty();

        LocalFiles.find(checked, this::hub, GenerationContext.create());

        assertThat(folder.resolve("safety_checker/model.safetensors")).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(LocalFiles.cached(checked, this::hub)).isPresent();
    }

    @Test
    void aModelOnTheHubIsDownloadedAndPaintsAsTheSameFolderDoes() throws IOException {
        offerTheTinyCheckpoint();
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();
        ImageRequest request = ImageRequest.builder()
                .prompt("a fox")
                .steps(1)
                .seed(3)
                .size(64, 64)
                .build();
        try (ImageGenerator generator = generator(hub());
                ImageGenerator folder = LocalDiffusionGenerator.of(GoldenCheckpoints.directory("tiny-sd1"))) {
            assertThat(generator.info().model()).isEqualTo(FakeHub.REPO);
            assertThat(generator.info().revision()).isEmpty();
            assertThat(generator.capabilities().provisional()).isTrue();

            generator.prepare(GenerationContext.builder().listener(events::add).build());
            ImageResult result = generator.generate(request);

            assertThat(generator.capabilities().provisional()).isFalse();
            assertThat(generator.info().model()).isEqualTo(FakeHub.REPO);
            assertThat(generator.info().revision()).isEqualTo(folder.info().revision());
            assertThat(Pixels.decode(result.image().bytes()).rgb())
                    .isEqualTo(Pixels.decode(folder.generate(request).image().bytes())
                            .rgb());
        }
        assertThat(events).hasAtLeastOneElementOfType(GenerationEvent.Downloading.class);
        assertThat(events.get(events.size() - 1)).isInstanceOf(GenerationEvent.Loading.class);
    }

    @Test
    void closingEndsADownloadAndAskingForInfoWaitsForNone() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        server.hubFault(exchange -> {
            asked.countDown();
            await(end);
            return true;
        });
        ImageGenerator generator = generator(hub());
        AtomicReference<Throwable> error = new AtomicReference<>();
        Thread call = new Thread(() -> {
            try {
                generator.generate("a fox");
            } catch (RuntimeException e) {
                error.set(e);
            }
        });
        call.start();
        await(asked);

        assertThat(generator.info().model()).isEqualTo(FakeHub.REPO);
        assertThat(generator.capabilities().provisional()).isTrue();
        generator.close();
        call.join();
        end.countDown();

        assertThat(error.get()).isInstanceOf(ProviderUnavailableException.class);
        assertThat(((ProviderUnavailableException) error.get()).outcome()).isEqualTo(Outcome.NOT_SENT);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatExistsAsAFileIsThat() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("models/sd15"));

        assertThat(hub().find(ModelSource.parse(folder.toString()), GenerationContext.create()))
                .isEqualTo(folder);
        assertThat(hub().find(ModelSource.of(Path.of("no/where")), GenerationContext.create()))
                .isEqualTo(Path.of("no/where"));
    }

    @Test
    void whatIsNothingAtAllIsSaidToBeSo() {
        assertThatThrownBy(() -> hub().find(ModelSource.parse("bundeld"), GenerationContext.create()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        "bundeld must be a file or folder that exists, a name on the hub (owner/name), an https address"
                                + " or, as a model, \"bundled\", but is none of these");
        assertThatThrownBy(() -> hub().find(ModelSource.parse("models/sd15"), GenerationContext.create()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("models/sd15 must be a model on 127.0.0.1")
                .hasMessageEndingWith("(models/sd15 is no file or folder of this machine)");
        assertThatThrownBy(() -> hub("HF_HUB_OFFLINE").find(ModelSource.parse("a/b"), GenerationContext.create()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("because HF_HUB_OFFLINE is set");
    }

    @Test
    void anAddressNeedsAHashAndKeepsItsQueryToItself() {
        ModelSource source = ModelSource.parse("https://example.com/a.safetensors?token=secret");

        assertThatThrownBy(() -> hub().find(source, GenerationContext.create()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("the address https://example.com/a.safetensors must come with the sha256 of its file, as"
                        + " #sha256=HEX behind it or as model-sha256, but came without");
        assertThat(source).hasToString("https://example.com/a.safetensors");
        assertThat(ModelSource.parse("https://example.com/a.safetensors#sha256=" + "AB".repeat(32)))
                .isEqualTo(
                        ModelSource.parse("https://example.com/a.safetensors").withSha256("ab".repeat(32)));
        assertThatThrownBy(() -> ModelSource.parse("https://example.com/a#sha256=12"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model-sha256 must be 64 hexadecimal digits but was \"12\"");
    }

    @Test
    void settingsNameModelsOnTheHub() {
        GeneratorSettings settings = GeneratorSettings.of(
                "turbo",
                Map.of("model", "stabilityai/sdxl-turbo", "model-variant", "fp16", "refiner", "owner/refiner"));
        try (ImageGenerator generator = new LocalDiffusionFactory().create(settings)) {
            assertThat(generator.info().name()).isEqualTo("turbo");
        }
        assertThatThrownBy(() -> new LocalDiffusionFactory()
                        .create(GeneratorSettings.of("x", Map.of("model", "https://a/b", "model-sha256", "zz"))))
                .isInstanceOf(ConfigException.class)
                .hasMessage("generators.x: model-sha256 must be 64 hexadecimal digits but was \"zz\"");
    }

    @Test
    void lorasAndTextualInversionsAreNamedLikeModels() throws IOException {
        Path file = Files.writeString(temp.resolve("pixel.safetensors"), "here");
        GeneratorSettings settings = GeneratorSettings.of(
                "x",
                Map.of(
                        "loras",
                        Map.of("a", "owner/name/a.safetensors", "b", file.toString()),
                        "embeddings",
                        Map.of("<w>", "owner/name@v1")));

        LocalSettings local = AdapterFiles.added(LocalSettings.bundled(), settings, "loras", "embeddings");

        assertThat(local.loras())
                .containsEntry("a", Lora.of(ModelSource.parse("owner/name/a.safetensors")))
                .containsEntry("b", Lora.of(file));
        assertThat(local.embeddings())
                .extracting(TextualInversion::source)
                .containsExactly(ModelSource.parse("owner/name@v1"));
        assertThat(local.sources()).hasSize(3);
    }

    @Test
    void aLoraOnTheHubIsDownloadedWithTheModel() throws IOException {
        server.file("lora.safetensors", "no LoRA at all");
        LocalSettings settings = LocalSettings.bundled()
                .withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"))
                .withLora("pixel", ModelSource.parse(FakeHub.REPO + "/lora.safetensors"));
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();
        ImageRequest request = ImageRequest.builder()
                .prompt("a fox")
                .option("local.lora", "pixel")
                .build();
        try (ImageGenerator generator =
                LocalDiffusionGenerator.builder().settings(settings).hub(hub()).build()) {
            assertThat(generator.pinned(request)).isEqualTo(request);

            assertThatThrownBy(() -> generator.generate(
                            request,
                            GenerationContext.builder().listener(events::add).build()))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessageContaining("lora.safetensors");

            assertThat(events).contains(new GenerationEvent.Downloading("lora.safetensors", 14, 14));
            assertThatThrownBy(() -> generator.pinned(request)) // it is read, now that it is here
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessageContaining("lora.safetensors must be a safetensors file but is a text");
        }
    }
}
