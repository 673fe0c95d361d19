package dev.triptych.server.a1111;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.PngText;
import dev.triptych.server.ServerSettings;
import dev.triptych.server.TestServer;
import dev.triptych.server.http.Json;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebUiApiTest {

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = generator("offline");
    private final FaultyGenerator second = generator("second");
    private TestServer server;

    private static FaultyGenerator generator(String name) {
        return FaultyGenerator.of(
                name,
                FaultyGenerator.standardCapabilities()
                        .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                        .honours(Parameter.STRENGTH)
                        .maxInputs(1)
                        .maxImagesPerCall(100)
                        .options(
                                "faulty",
                                Set.of(
                                        "faulty.scheduler",
                                        "faulty.clip-skip",
                                        "faulty.prompt-syntax",
                                        "faulty.variation-seed",
                                        "faulty.variation-strength",
                                        "faulty.noise",
                                        "faulty.hires-scale",
                                        "faulty.hires-upscaler",
                                        "faulty.hires-strength",
                                        "faulty.strength-rule"))
                        .build());
    }

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline, second);
    }

    @AfterEach
    void stop() {
        offline.release();
        server.close();
    }

    /** The body that SillyTavern sends, its own settings among it, as its source has it. */
    @Test
    void answersSillyTavern() throws Exception {
        JsonNode answer = post(
                "txt2img",
                "{\"url\": \"http://localhost:7860\", \"auth\": \"\", \"prompt\": \"a fox\","
                        + " \"negative_prompt\": \"blurry\", \"sampler_name\": \"Euler a\", \"scheduler\": \"Karras\","
                        + " \"steps\": 20, \"cfg_scale\": 7, \"width\": 64, \"height\": 32, \"restore_faces\": false,"
                        + " \"enable_hr\": false, \"hr_upscaler\": \"Latent\", \"hr_scale\": 2, \"hr_additional_modules\": [],"
                        + " \"denoising_strength\": 0.7, \"hr_second_pass_steps\": 0, \"seed\": 42,"
                        + " \"override_settings\": {\"CLIP_stop_at_last_layers\": 2},"
                        + " \"override_settings_restore_afterwards\": true, \"clip_skip\": 2, \"save_images\": true,"
                        + " \"send_images\": true, \"do_not_save_grid\": false, \"do_not_save_samples\": false,"
                        + " \"alwayson_scripts\": {\"ADetailer\": {\"args\": [true, true, {\"ad_model\": \"x\"}]}}}");

        assertThat(Base64.getDecoder().decode(answer.path("images").path(0).asText()))
                .startsWith(0x89, 'P');
        ImageRequest request = offline.requests().get(0);
        assertThat(request.options())
                .isEqualTo(Map.of(
                        "faulty.scheduler", "Euler a Karras",
                        "faulty.clip-skip", "1",
                        "faulty.prompt-syntax", "a1111"));
        assertThat(request.size().orElseThrow()).hasToString("64x32");
        assertThat(request.seed()).hasValue(42);
    }

    /** The bodies of LibreChat and Open WebUI; the first throws where {@code infotexts} is missing. */
    @Test
    void answersLibreChatAndOpenWebUi() throws Exception {
        JsonNode answer = post(
                "txt2img",
                "{\"prompt\": \"a fox\", \"negative_prompt\": \"\", \"cfg_scale\": 4.5,"
                        + " \"steps\": 22, \"width\": 1024, \"height\": 1024}");
        JsonNode info = Json.parse(answer.path("info").asText());
        assertThat(info.path("infotexts")).hasSize(1);
        assertThat(info.path("height").asInt()).isEqualTo(1024);

        JsonNode two = post("txt2img", "{\"prompt\": \"a fox\", \"batch_size\": 2, \"width\": 64, \"height\": 64}");
        assertThat(two.path("images")).hasSize(2);
        assertThat(Json.parse(two.path("info").asText()).path("all_seeds")).hasSize(2);
    }

    @Test
    void variesTheNoiseAsTheWebUiDoes() throws Exception {
        post(
                "txt2img",
                "{\"prompt\": \"a fox\", \"subseed\": 9, \"subseed_strength\": 0.25,"
                        + " \"override_settings\": {\"randn_source\": \"NV\"}}");
        post("txt2img", "{\"prompt\": \"a fox\", \"subseed\": -1, \"subseed_strength\": 0.5}");
        post("txt2img", "{\"prompt\": \"a fox\", \"subseed\": 9, \"subseed_strength\": 0}");

        assertThat(offline.requests().get(0).options())
                .isEqualTo(Map.of(
                        "faulty.prompt-syntax", "a1111",
                        "faulty.variation-seed", "9",
                        "faulty.variation-strength", "0.25",
                        "faulty.noise", "cuda"));
        assertThat(offline.requests().get(1).options())
                .isEqualTo(Map.of("faulty.prompt-syntax", "a1111", "faulty.variation-strength", "0.5"));
        assertThat(offline.requests().get(2).options()).isEqualTo(Map.of("faulty.prompt-syntax", "a1111"));
    }

    @Test
    void countsAStrengthAsTheWebUiDoes() throws Exception {
        String body = "{\"prompt\": \"a fox\", \"init_images\": [\"" + base64(TestPictures.png(32, 32, Color.RED))
                + "\"], \"override_settings\": {\"img2img_fix_steps\": %s}}";
        post("img2img", body.formatted(false));
        post("img2img", body.formatted(true));

        assertThat(offline.requests().get(0).options()).containsEntry("faulty.strength-rule", "a1111");
        assertThat(offline.requests().get(1).options()).containsEntry("faulty.strength-rule", "a1111-exact");
    }

    @Test
    void startsFromAPictureWithTheWebUisMask() throws Exception {
        BufferedImage white = TestPictures.plain(32, 32, Color.BLACK);
        white.setRGB(3, 3, 0xffffffff);
        String body = "{\"prompt\": \"a fox\", \"init_images\": [\"data:image/png;base64,"
                + base64(TestPictures.png(32, 32, Color.RED)) + "\"], \"mask\": \""
                + base64(ImageDecoder.encodePng(white)) + "\", \"inpainting_mask_invert\": %d}";
        JsonNode answer = post("img2img", body.formatted(0));
        post("img2img", body.formatted(1));

        assertThat(answer.path("images")).hasSize(1);
        assertThat(answer.path("parameters").path("init_images").isNull()).isTrue();
        ImageRequest request = offline.requests().get(0);
        assertThat(request.strength()).hasValue(0.75);
        assertThat(request.size().orElseThrow()).hasToString("32x32");
        BufferedImage mask = ImageDecoder.decode(request.mask().orElseThrow().bytes());
        assertThat(mask.getRGB(3, 3) & 0xff).isEqualTo(255);
        assertThat(mask.getRGB(0, 0) & 0xff).isZero();
        BufferedImage inverted = ImageDecoder.decode(
                offline.requests().get(1).mask().orElseThrow().bytes());
        assertThat(inverted.getRGB(3, 3) & 0xff).isZero();
    }

    @Test
    void inAMaskWithTransparencyTheOpaquePartIsRepainted() throws Exception {
        BufferedImage hole = new BufferedImage(32, 32, BufferedImage.TYPE_INT_ARGB);
        hole.setRGB(3, 3, 0xff000000);
        post(
                "img2img",
                "{\"prompt\": \"a fox\", \"init_images\": [\"" + base64(TestPictures.png(32, 32, Color.RED))
                        + "\"], \"mask\": \"" + base64(ImageDecoder.encodePng(hole)) + "\"}");

        BufferedImage mask = ImageDecoder.decode(
                offline.requests().get(0).mask().orElseThrow().bytes());
        assertThat(mask.getRGB(3, 3) & 0xff).isEqualTo(255);
        assertThat(mask.getRGB(0, 0) & 0xff).isZero();
    }

    @Test
    void tellsProgressAndStopsWhenInterrupted() throws Exception {
        JsonNode idle = get("progress");
        offline.block();
        CompletableFuture<JsonNode> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return post("txt2img", "{\"prompt\": \"a fox\"}");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        offline.awaitBlocked(1);
        JsonNode busy = get("progress?skip_current_image=true");
        JsonNode interrupted = post("interrupt", "{}");

        assertThat(idle.path("progress").asDouble()).isZero();
        assertThat(idle.path("state").path("job_count").asInt()).isZero();
        assertThat(busy.path("progress").asDouble()).isPositive();
        assertThat(busy.path("state").path("job_count").asInt()).isEqualTo(1);
        assertThat(interrupted).isEmpty();
        assertThat(answer.get(20, TimeUnit.SECONDS).path("images")).isEmpty();
        assertThat(get("progress").path("state").path("job_count").asInt()).isZero();
    }

    @Test
    void switchesItsOwnGeneratorAndNobodyElses() throws Exception {
        JsonNode options = get("options");
        assertThat(options.path("sd_model_checkpoint").asText()).isEqualTo("offline");
        assertThat(options.has("forge_preset")).isFalse();
        assertThat(get("sd-models").path(1).path("title").asText()).isEqualTo("second");

        ((ObjectNode) options).put("sd_model_checkpoint", "Second");
        assertThat(server.post("/sdapi/v1/options", Json.text(options)).body()).isEqualTo("null");
        post("txt2img", "{\"prompt\": \"a fox\"}");
        server.ended(server.submit("{\"prompt\": \"a cat\"}"));

        assertThat(second.calls()).isEqualTo(1);
        assertThat(offline.calls()).isEqualTo(1);
        assertThat(get("options").path("sd_model_checkpoint").asText()).isEqualTo("second");
        post("txt2img", "{\"prompt\": \"b\", \"override_settings\": {\"sd_model_checkpoint\": \"offline\"}}");
        assertThat(offline.calls()).isEqualTo(2);
    }

    @Test
    void readsTheTextOfAPicture() throws Exception {
        byte[] png = PngText.with(
                TestPictures.png(8, 8, Color.RED),
                Map.of("parameters", "a fox\nNegative prompt: blurry\nSteps: 1, Seed: 2, CFG scale: 3"));

        JsonNode answer = post("png-info", "{\"image\": \"" + base64(png) + "\"}");

        assertThat(answer.path("info").asText()).startsWith("a fox\n");
        assertThat(answer.path("parameters").path("Seed").asText()).isEqualTo("2");
    }

    @Test
    void makesASecondPassAndSaysWhatItDidNot() throws Exception {
        JsonNode made = post(
                "txt2img",
                "{\"prompt\": \"a\", \"enable_hr\": true, \"hr_scale\": 1.5, \"hr_upscaler\": \"Lanczos\","
                        + " \"denoising_strength\": 0.5, \"tiling\": true}");
        JsonNode varied = post(
                "img2img",
                "{\"prompt\": \"a\", \"enable_hr\": true, \"init_images\": [\""
                        + base64(TestPictures.png(8, 8, Color.RED)) + "\"]}");

        assertThat(offline.requests().get(0).options())
                .containsEntry("faulty.hires-scale", "1.5")
                .containsEntry("faulty.hires-upscaler", "lanczos")
                .containsEntry("faulty.hires-strength", "0.5");
        assertThat(made.path("info").asText()).contains("tiling has no effect here");
        assertThat(varied.path("info").asText()).contains("enable_hr has no effect with a picture to start from");
    }

    @Test
    void cutsAPictureToTheSizeAskedForAndTakesSeveral() throws Exception {
        String picture = base64(TestPictures.png(8, 4, Color.RED));
        String size = "\"resize_mode\": 1, \"upscaling_resize_w\": 16, \"upscaling_resize_h\": 16";

        JsonNode cut = post(
                "extra-batch-images",
                "{\"imageList\": [{\"data\": \"" + picture + "\"}, {\"data\": \"" + picture + "\"}],"
                        + " \"upscaler_1\": \"Bicubic\", " + size + "}");
        JsonNode whole = post(
                "extra-single-image",
                "{\"image\": \"" + picture + "\", \"upscaler_1\": \"Nearest\", \"upscaling_crop\": false, " + size
                        + "}");

        assertThat(cut.path("images")).hasSize(2);
        assertThat(sizeOf(cut.path("images").path(1))).isEqualTo("16x16");
        assertThat(sizeOf(whole.path("image"))).isEqualTo("32x16");
        assertThat(server.post(
                                "/sdapi/v1/extra-single-image",
                                "{\"image\": \"" + picture + "\", \"upscaler_1\": \"ESRGAN\"}")
                        .body())
                .contains("Upscaler not found");
        assertThat(server.post(
                                "/sdapi/v1/extra-single-image",
                                "{\"image\": \"" + picture + "\", \"gfpgan_visibility\": 0.5}")
                        .body())
                .contains("gfpgan_visibility must be 0");
    }

    private static String sizeOf(JsonNode picture) {
        BufferedImage pixels = ImageDecoder.decode(Base64.getDecoder().decode(picture.asText()));
        return pixels.getWidth() + "x" + pixels.getHeight();
    }

    @Test
    void enlargesAPicture() throws Exception {
        JsonNode answer = post(
                "extra-single-image",
                "{\"image\": \"" + base64(TestPictures.png(8, 8, Color.RED))
                        + "\", \"upscaling_resize\": 3, \"upscaler_1\": \"Nearest\"}");

        assertThat(ImageDecoder.decode(
                                Base64.getDecoder().decode(answer.path("image").asText()))
                        .getWidth())
                .isEqualTo(24);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "samplers",
                "schedulers",
                "upscalers",
                "latent-upscale-modes",
                "sd-vae",
                "loras",
                "prompt-styles",
                "hypernetworks",
                "face-restorers",
                "realesrgan-models",
                "extensions",
                "script-info",
                "embeddings",
                "scripts",
                "cmd-flags",
                "memory"
            })
    void listsWhatThereIs(String route) throws Exception {
        HttpResponse<String> answer = server.get("/sdapi/v1/" + route);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain(folder.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "refresh-checkpoints",
                "refresh-vae",
                "refresh-loras",
                "unload-checkpoint",
                "reload-checkpoint",
                "skip"
            })
    void doesNothingWhereThereIsNothingToDo(String route) throws Exception {
        assertThat(server.post("/sdapi/v1/" + route, "{}").body()).isEqualTo("null");
    }

    @Test
    void saysWhatIsWrongAsTheWebUiDoes() throws Exception {
        HttpResponse<String> sampler =
                server.post("/sdapi/v1/txt2img", "{\"prompt\": \"a\", \"sampler_name\": \"Magic\"}");
        assertThat(sampler.statusCode()).isEqualTo(400);
        assertThat(Json.parse(sampler.body()).path("detail").asText()).isEqualTo("Sampler not found");
        HttpResponse<String> start = server.post("/sdapi/v1/img2img", "{\"prompt\": \"a\"}");
        assertThat(start.statusCode()).isEqualTo(404);
        assertThat(Json.parse(start.body()).path("detail").asText()).isEqualTo("Init image not found");
        assertThat(server.post("/sdapi/v1/interrogate", "{\"image\": \"\"}").statusCode())
                .isEqualTo(404);
        HttpResponse<String> url = server.post("/sdapi/v1/png-info", "{\"image\": \"http://127.0.0.1:1/a.png\"}");
        assertThat(Json.parse(url.body()).path("detail").asText())
                .isEqualTo("image must be a picture in Base64 but was a URL, which is never fetched");
        assertThat(server.get("/internal/ping").statusCode()).isEqualTo(200);
    }

    @Test
    void takesTheTokenAsAnybodysPassword() throws Exception {
        ServerSettings settings =
                ServerSettings.standard(folder.resolve("closed")).withPort(0).withToken("a token of enough characters");
        try (TestServer closed = TestServer.with(settings, FaultyGenerator.named("offline"))) {
            HttpResponse<String> refused = closed.get("/sdapi/v1/options");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).isEqualTo("{\"detail\":\"Incorrect username or password\"}");
            String pair = base64("user:a token of enough characters".getBytes(StandardCharsets.UTF_8));
            assertThat(closed.send(closed.request("/sdapi/v1/options").header("Authorization", "Basic " + pair))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    private JsonNode get(String route) throws Exception {
        return server.json("/sdapi/v1/" + route);
    }

    private JsonNode post(String route, String body) throws Exception {
        HttpResponse<String> answer = server.post("/sdapi/v1/" + route, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.parse(answer.body());
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
