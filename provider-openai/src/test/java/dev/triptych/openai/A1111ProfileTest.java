package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.ImageMask;
import dev.triptych.media.XmpPacket;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class A1111ProfileTest extends AgainstWireMock {

    private static final byte[] PICTURE = Fixtures.greenPng();
    private static final String B64 = Base64.getEncoder().encodeToString(PICTURE);

    private static OpenAiImageGenerator.Builder a1111() {
        return OpenAiImageGenerator.builder().profile("a1111").baseUrl(base());
    }

    /** Asks without waiting. */
    private static OpenAiImageGenerator.Builder a1111(A1111Server server) {
        return OpenAiImageGenerator.builder()
                .profile("a1111")
                .baseUrl(server.base())
                .sleeper((time, cancellation) -> Thread.onSpinWait());
    }

    private static String images(String info, String... pictures) {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        for (String picture : pictures) {
            answer.withArray("images").add(picture);
        }
        return answer.put("info", info).toString();
    }

    private static JsonNode sentWithoutTask() {
        ObjectNode body = (ObjectNode) sentJson();
        assertThat(body.path("force_task_id").asText()).matches("task\\(triptych-[0-9a-f-]{36}\\)");
        return body.without("force_task_id");
    }

    @Test
    void sendsEveryFieldOfATextToImageCall() {
        answer(json(200, images("{\"all_seeds\": [42, 43], \"index_of_first_image\": 1}", B64, B64, B64)));

        ImageResult result = a1111().model("dream.safetensors")
                .option("eta", 0.5)
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .negativePrompt("dogs")
                        .count(2)
                        .size(768, 512)
                        .seed(42)
                        .steps(12)
                        .guidanceScale(6.5)
                        .option("a1111.sampler", "DPM++ 2M")
                        .option("a1111.scheduler", "karras")
                        .option("a1111.extra.clip_skip", "2")
                        .build());

        assertThat(sent().getUrl()).isEqualTo("/sdapi/v1/txt2img");
        assertThat(sent().getHeader("Authorization")).isNull();
        assertThat(sentWithoutTask()).isEqualTo(Fixtures.json("""
                {"prompt": "a red fox in the snow", "negative_prompt": "dogs", "n_iter": 2, "batch_size": 1,
                 "width": 768, "height": 512, "seed": 42, "steps": 12, "cfg_scale": 6.5,
                 "sampler_name": "DPM++ 2M", "scheduler": "karras",
                 "override_settings": {"sd_model_checkpoint": "dream.safetensors"},
                 "do_not_save_grid": true, "clip_skip": 2, "eta": 0.5}"""));
        assertThat(result.images()).hasSize(2);
        assertThat(result.images().get(1).seed()).hasValue(43);
        assertThat(result.warnings()).isEmpty();
        assertThat(result.cost()).isEmpty();
    }

    @Test
    void sendsInputAndMaskAsTheServerWantsThem() {
        answer(json(200, images("", "data:image/png;base64," + B64)));
        byte[] input = TestPictures.png(140, 100, Color.BLUE);
        byte[] mask = TestPictures.mask(140, 100);

        ImageResult result = a1111().apiKey("admin:" + KEY)
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .input(ImageInput.of(input))
                        .mask(ImageInput.of(mask))
                        .strength(0.6)
                        .build());

        assertThat(sent().getUrl()).isEqualTo("/sdapi/v1/img2img");
        assertThat(sent().getHeader("Authorization"))
                .isEqualTo("Basic "
                        + Base64.getEncoder().encodeToString(("admin:" + KEY).getBytes(StandardCharsets.UTF_8)));
        JsonNode body = sentWithoutTask();
        JsonNode rest = ((ObjectNode) body.deepCopy()).without(List.of("mask", "init_images"));
        assertThat(rest).isEqualTo(Fixtures.json("""
                {"prompt": "a red fox in the snow", "n_iter": 1, "batch_size": 1, "width": 144, "height": 104,
                 "do_not_save_grid": true, "denoising_strength": 0.6, "inpainting_mask_invert": 0,
                 "inpainting_fill": 1, "inpaint_full_res": false}"""));
        assertThat(body.path("init_images").path(0).asText())
                .isEqualTo(Base64.getEncoder().encodeToString(input));
        byte[] sentMask = Base64.getDecoder().decode(body.path("mask").asText());
        assertThat(ImageMask.decode(sentMask).repaints(3, 3)).isTrue();
        assertThat(XmpPacket.digitalSourceType(result.image().bytes()))
                .isEqualTo("compositeWithTrainedAlgorithmicMedia");
        assertThat(result.image().seed()).isEmpty();
    }

    @Test
    void aTokenGoesAsBearer() {
        answer(json(200, images("{\"seed\": 5}", B64)));

        ImageResult result = a1111().apiKey(KEY).build().generate(PROMPT);

        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
        assertThat(result.image().seed()).hasValue(5);
    }

    @Test
    void anAnswerWithoutPicturesIsAnError() {
        answer(json(200, "{\"images\": [], \"info\": \"\"}"));

        assertThatThrownBy(() -> a1111().build().generate(PROMPT))
                .hasMessage("answer must hold at least one picture but held none");
    }

    @Test
    void aBrokenPictureIsAFailureBesideTheOthers() {
        answer(json(200, images("", B64, "no base64 at all!")));

        ImageResult result = a1111().build()
                .generate(ImageRequest.builder().prompt(PROMPT).count(2).build());

        assertThat(result.images()).hasSize(1);
        assertThat(result.failures()).hasSize(1);
    }

    @Test
    void theServersOwnWordsReachTheCaller() {
        answer(json(404, "{\"detail\": \"Sampler not found\"}"));

        assertThatThrownBy(() -> a1111().build().generate(PROMPT))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessageContaining("Sampler not found");
    }

    @Test
    void aWrongPasswordIsAnAuthenticationError() {
        answer(aResponse()
                .withStatus(401)
                .withHeader("Content-Type", "application/json")
                .withHeader("WWW-Authenticate", "Basic")
                .withBody("{\"detail\":\"Incorrect username or password\"}"));

        assertThatThrownBy(() -> a1111().apiKey("a:b").build().generate(PROMPT))
                .hasMessageContaining("Incorrect username or password");
    }

    @Test
    void tellsStepsAndPreviewsOnTheWay() throws Exception {
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();
        try (A1111Server server = new A1111Server(true);
                ImageGenerator generator = a1111(server).build()) {
            ImageResult result = generator.generate(
                    ImageRequest.builder()
                            .prompt(PROMPT)
                            .count(2)
                            .steps(3)
                            .seed(9)
                            .build(),
                    GenerationContext.builder().listener(events::add).build());

            assertThat(result.images()).hasSize(2);
            assertThat(result.images().get(1).seed()).hasValue(10);
        }
        List<GenerationEvent.Progress> steps = events.stream()
                .filter(GenerationEvent.Progress.class::isInstance)
                .map(GenerationEvent.Progress.class::cast)
                .toList();
        assertThat(steps)
                .isNotEmpty()
                .allMatch(each -> each.total() == 6)
                .isSortedAccordingTo((a, b) -> Integer.compare(a.step(), b.step()));
        assertThat(steps.get(0)).isEqualTo(new GenerationEvent.Progress(1, 6));
        assertThat(events).anyMatch(GenerationEvent.Preview.class::isInstance);
    }

    private static void cancelWhileRunning(A1111Server server, OpenAiImageGenerator.Builder builder)
            throws InterruptedException {
        Cancellation cancellation = new Cancellation();
        try (ImageGenerator generator = builder.build()) {
            CompletableFuture<ImageResult> result = CompletableFuture.supplyAsync(() -> generator.generate(
                    ImageRequest.builder().prompt(PROMPT).steps(1_000_000).build(),
                    GenerationContext.builder().cancellation(cancellation).build()));
            server.awaitRunning();
            cancellation.cancel();
            assertThatThrownBy(result::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(GenerationCancelledException.class);
        }
    }

    @Test
    void cancellingInterruptsTheServerWhereOurTaskRuns() throws Exception {
        try (A1111Server server = new A1111Server(true)) {
            cancelWhileRunning(server, a1111(server));

            assertThat(server.interrupts).isEqualTo(1);
        }
    }

    @Test
    void cancellingLeavesTheTaskOfAnotherClientAlone() throws Exception {
        try (A1111Server server = new A1111Server(true);
                ImageGenerator other = a1111(server).build()) {
            CompletableFuture<ImageResult> theirs = CompletableFuture.supplyAsync(() -> other.generate(
                    ImageRequest.builder().prompt("x").steps(1_000_000).build()));
            server.awaitRunning();

            cancelWhileRunning(server, a1111(server));

            assertThat(server.interrupts).isZero();
            assertThat(theirs).isNotDone();
            server.interrupt();
            assertThat(theirs.get().images()).hasSize(1);
        }
    }

    @Test
    void aServerThatNamesNoTaskIsInterruptedWhereNothingRanBefore() throws Exception {
        try (A1111Server server = new A1111Server(false)) {
            cancelWhileRunning(server, a1111(server));

            assertThat(server.interrupts).isEqualTo(1);
        }
    }
}
