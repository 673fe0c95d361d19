package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Cancellation;
import dev.triptych.CostClass;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.testkit.TestPictures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class ComfyUiProfileTest {

    private static final String PROMPT = "a red fox in the snow";

    @TempDir
    private Path directory;

    private Path workflow(String name) {
        try {
            Path file = directory.resolve(name + ".json");
            Files.writeString(file, Fixtures.text("comfyui/" + name + ".json"), StandardCharsets.UTF_8);
            return file;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private OpenAiImageGenerator.Builder comfyui(ComfyUiServer server, String name) {
        return OpenAiImageGenerator.builder()
                .workflow(workflow(name), Map.of())
                .baseUrl(server.base())
                .costClass(CostClass.FREE)
                .mark(false)
                .jobs(directory.resolve("jobs"))
                .sleeper((time, cancellation) -> {});
    }

    private static JsonNode inputs(ComfyUiServer server, String node) {
        return server.prompts.get(0).path("prompt").path(node).path("inputs");
    }

    @Test
    void fillsTheRequestIntoTheWorkflow() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator =
                        comfyui(server, "text").model("dream.safetensors").build()) {
            ImageResult result = generator.generate(ImageRequest.builder()
                    .prompt(PROMPT)
                    .negativePrompt("dogs")
                    .size(768, 512)
                    .seed(42)
                    .steps(12)
                    .guidanceScale(6.5)
                    .option("comfyui.3.sampler_name", "dpmpp_2m")
                    .build());

            ObjectNode expected = (ObjectNode) Fixtures.json(Fixtures.text("comfyui/text.json"));
            ((ObjectNode) expected.path("3").path("inputs"))
                    .put("seed", 42)
                    .put("steps", 12)
                    .put("cfg", 6.5)
                    .put("sampler_name", "dpmpp_2m");
            ((ObjectNode) expected.path("4").path("inputs")).put("ckpt_name", "dream.safetensors");
            ((ObjectNode) expected.path("5").path("inputs")).put("width", 768).put("height", 512);
            ((ObjectNode) expected.path("6").path("inputs")).put("text", PROMPT);
            ((ObjectNode) expected.path("7").path("inputs")).put("text", "dogs");
            assertThat(Fixtures.json(server.prompts.get(0).path("prompt").toString()))
                    .isEqualTo(expected);
            assertThat(server.prompts.get(0).path("client_id").asText()).hasSize(36);
            assertThat(result.images()).hasSize(1);
            assertThat(result.image().bytes()).isEqualTo(ComfyUiServer.PICTURE);
            assertThat(result.image().seed()).hasValue(42);
            assertThat(result.warnings()).isEmpty();
            assertThat(generator.info().revision()).hasSize(16);
        }
    }

    @Test
    void takesASeedOfItsOwnWhereNoneIsAskedFor() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            ImageResult result = generator.generate(PROMPT);

            assertThat(result.image().seed().getAsLong())
                    .isEqualTo(inputs(server, "3").path("seed").asLong())
                    .isNotEqualTo(8566257);
        }
    }

    @Test
    void findsThePlacesOfFluxAndItsKin() {
        Workflow flux = Workflow.read(workflow("flux"), Map.of());

        assertThat(flux.places())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "prompt", "6.text",
                        "seed", "25.noise_seed",
                        "steps", "17.steps",
                        "strength", "17.denoise",
                        "guidance", "26.guidance",
                        "width", "5.width",
                        "height", "5.height"));
    }

    @Test
    void whatTheWorkflowHasNoPlaceForIsNotHonoured() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator flux = comfyui(server, "flux").build();
                ImageGenerator inpaint = comfyui(server, "inpaint").build()) {
            assertThat(flux.capabilities().honours(Parameter.NEGATIVE_PROMPT)).isFalse();
            assertThat(flux.capabilities().operations()).containsExactly(Operation.TEXT_TO_IMAGE);
            assertThat(inpaint.capabilities().honours(Parameter.SIZE)).isFalse();
            assertThat(inpaint.capabilities().operations()).contains(Operation.INPAINTING);
            assertThatThrownBy(() -> inpaint.generate(PROMPT))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("inputs must hold the picture that the workflow loads but was empty");
            assertThat(flux.generate(ImageRequest.builder()
                                    .prompt(PROMPT)
                                    .negativePrompt("dogs")
                                    .build())
                            .warnings())
                    .hasSize(1);
        }
    }

    @Test
    void uploadsInputAndMaskFirst() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "inpaint").build()) {
            ImageResult result = generator.generate(ImageRequest.builder()
                    .prompt(PROMPT)
                    .strength(0.5)
                    .input(ImageInput.of(Fixtures.greenPng()))
                    .mask(ImageInput.of(TestPictures.mask(6, 5)))
                    .build());

            assertThat(result.images()).hasSize(1);
            assertThat(server.uploads).hasSize(2);
            assertThat(inputs(server, "10").path("image").asText())
                    .isEqualTo(server.uploads.get(0))
                    .matches("triptych-[0-9a-f]{32}\\.png");
            assertThat(inputs(server, "11").path("image").asText())
                    .isEqualTo(server.uploads.get(1))
                    .matches("triptych-mask-[0-9a-f]{32}\\.png");
            assertThat(inputs(server, "3").path("denoise").asDouble()).isEqualTo(0.5);
        }
    }

    private static List<GenerationEvent> events(ImageGenerator generator) {
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();
        generator.generate(
                ImageRequest.of(PROMPT),
                GenerationContext.builder().listener(events::add).build());
        return events;
    }

    @Test
    void tellsStepsAndPreviews() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            List<GenerationEvent> events = events(generator);

            assertThat(events).contains(new GenerationEvent.Progress(1, 3));
            assertThat(events)
                    .filteredOn(GenerationEvent.Preview.class::isInstance)
                    .extracting(
                            event -> ((GenerationEvent.Preview) event).image().bytes())
                    .contains(ComfyUiServer.PREVIEW);
        }
    }

    @Test
    void survivesAConnectionThatBreaks() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.breakConnections();

            List<GenerationEvent> events = events(generator);

            assertThat(server.connections).isGreaterThanOrEqualTo(3);
            assertThat(events).contains(new GenerationEvent.Progress(2, 3));
        }
    }

    @Test
    void aServerWithoutEventsGivesItsPicturesToo() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.withoutEvents();

            assertThat(generator.generate(PROMPT).images()).hasSize(1);
        }
    }

    private static void cancelOnceItIsQueued(ComfyUiServer server, ImageGenerator generator) throws Exception {
        Cancellation cancellation = new Cancellation();
        CompletableFuture<ImageResult> result = CompletableFuture.supplyAsync(() -> generator.generate(
                ImageRequest.of(PROMPT),
                GenerationContext.builder().cancellation(cancellation).build()));
        server.awaitPrompt();
        server.instead(request -> {
            if (request.getUrl().encodedPath().startsWith("/history/")) {
                cancellation.cancel();
            }
            return null;
        });
        assertThatThrownBy(result::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(GenerationCancelledException.class);
    }

    @Test
    void cancellingInterruptsTheJobThatRuns() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.hold();
            cancelOnceItIsQueued(server, generator);

            assertThat(server.interrupts).containsExactly("p1");
            assertThat(server.deleted).isEmpty();
        }
    }

    @Test
    void cancellingTakesAWaitingJobOutAndLeavesTheOthersAlone() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.queueOther();
            cancelOnceItIsQueued(server, generator);

            assertThat(server.deleted).containsExactly("p1");
            assertThat(server.interrupts).isEmpty();
        }
    }

    @Test
    void aNodeThatFailsIsNamed() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.hold();
            server.instead(request -> {
                if (request.getUrl().encodedPath().equals("/history/p1")) {
                    server.fail(
                            "p1",
                            "[[\"execution_start\", {}], [\"execution_error\", {\"node_type\": \"KSampler\","
                                    + " \"exception_message\": \"CUDA out of memory\"}]]");
                }
                return null;
            });

            assertThatThrownBy(() -> generator.generate(PROMPT))
                    .isInstanceOf(ProviderUnavailableException.class)
                    .hasMessage("job must give pictures but comfyui says that it failed: KSampler: CUDA out of memory");
        }
    }

    @Test
    void aWorkflowThatTheServerRefusesIsAnUnsupportedRequest() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.instead(request -> request.getUrl().encodedPath().equals("/prompt")
                    ? ComfyUiServer.json(
                            400,
                            "{\"error\": {\"type\": \"prompt_no_outputs\", \"message\": \"Prompt has no outputs\"},"
                                    + " \"node_errors\": {}}")
                    : null);

            assertThatThrownBy(() -> generator.generate(PROMPT))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessageContaining("Prompt has no outputs");
        }
    }

    private record Fault(String name, Function<RecordedRequest, MockResponse> answer) {}

    static Stream<Fault> faults() {
        return Stream.of(
                new Fault("429", request -> ComfyUiServer.json(429, "{}")),
                new Fault("500", request -> ComfyUiServer.json(500, "Internal Server Error")),
                new Fault("503", request -> ComfyUiServer.json(503, "")),
                new Fault("wrong JSON", request -> ComfyUiServer.json(200, "{\"p1\": {")),
                new Fault(
                        "cut",
                        request -> new MockResponse.Builder()
                                .onRequestStart(new SocketEffect.CloseSocket())
                                .build()));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void askingGoesOnOverEveryFault(Fault fault) throws Exception {
        AtomicInteger questions = new AtomicInteger();
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.instead(
                    request -> request.getUrl().encodedPath().startsWith("/history/") && questions.getAndIncrement() < 2
                            ? fault.answer().apply(request)
                            : null);

            assertThat(generator.generate(PROMPT).images()).hasSize(1);
            assertThat(server.prompts).hasSize(1);
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aPromptThatFailsSaysWhatBecameOfIt(Fault fault) throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            server.instead(request -> request.getUrl().encodedPath().equals("/prompt")
                    ? fault.answer().apply(request)
                    : null);

            assertThatThrownBy(() -> generator.generate(PROMPT))
                    .isInstanceOfSatisfying(
                            ImageGenerationException.class,
                            error -> assertThat(error.outcome())
                                    .isEqualTo(fault.name().equals("429") ? Outcome.REJECTED : Outcome.UNKNOWN));
        }
    }

    @Test
    void aWorkflowMustBeInApiForm() throws Exception {
        Path file = Files.writeString(directory.resolve("ui.json"), "{\"nodes\": [], \"links\": []}");

        assertThatThrownBy(() -> Workflow.read(file, Map.of()))
                .hasMessage("workflow must be in ComfyUI's API form (Workflow > Export (API)) but was not: " + file);
        assertThatThrownBy(() -> Workflow.read(directory.resolve("none.json"), Map.of()))
                .hasMessageStartingWith("workflow must be a file of JSON that can be read but was not");
    }

    @Test
    void aPlaceMustBeInTheWorkflow() {
        assertThatThrownBy(() -> Workflow.read(workflow("text"), Map.of("prompt", "6.words")))
                .hasMessage("places.prompt must be NODE.INPUT of the workflow, such as 3.seed, but was \"6.words\"");
        assertThatThrownBy(() -> Workflow.read(workflow("text"), Map.of("promt", "6.text")))
                .hasMessageStartingWith("places.promt is not known; known are prompt");
        assertThat(Workflow.read(workflow("text"), Map.of("negative", "")).has("negative"))
                .isFalse();
        assertThatThrownBy(
                        () -> OpenAiImageGenerator.builder().profile("comfyui").build())
                .hasMessage("workflow must be set for profile comfyui but was not");
    }

    @Test
    void anOptionMustBeInTheWorkflow() throws Exception {
        try (ComfyUiServer server = new ComfyUiServer();
                ImageGenerator generator = comfyui(server, "text").build()) {
            assertThatThrownBy(() -> generator.generate(ImageRequest.builder()
                            .prompt(PROMPT)
                            .option("comfyui.99.seed", "1")
                            .build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage(
                            "option comfyui.99.seed must name NODE.INPUT of the workflow, such as comfyui.3.seed, but"
                                    + " does not");
        }
    }
}
