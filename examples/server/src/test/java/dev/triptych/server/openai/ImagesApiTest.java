package dev.triptych.server.openai;

import static dev.triptych.server.openai.Multipart.file;
import static dev.triptych.server.openai.Multipart.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.AuthenticationException;
import dev.triptych.BudgetExceededException;
import dev.triptych.ContentRejectedException;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageHeader;
import dev.triptych.media.PngText;
import dev.triptych.server.TestServer;
import dev.triptych.server.http.Json;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesApiTest {

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.of(
            "offline",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                    .honours(Parameter.STRENGTH)
                    .maxInputs(4)
                    .build());
    private final FaultyGenerator studio = FaultyGenerator.of(
            "studio",
            FaultyGenerator.standardCapabilities().costClass(CostClass.BILLED).build());
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline, studio);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/v1/images/generations", "/images/generations", "/openai/deployments/offline/images/generations"
            })
    void makesPicturesAsBase64(String path) throws Exception {
        HttpResponse<String> answer =
                server.post(path, "{\"prompt\": \"a fox\", \"n\": 2, \"size\": \"16x8\", \"seed\": 5}");

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode json = Json.parse(answer.body());
        assertThat(json.path("data")).hasSize(2);
        assertThat(json.path("data").path(1).path("seed").asLong()).isEqualTo(6);
        assertThat(json.path("size").asText()).isEqualTo("16x8");
        assertThat(json.path("output_format").asText()).isEqualTo("png");
        assertThat(json.path("created").asLong()).isBetween(1_700_000_000L, 9_999_999_999L);
        assertThat(json.has("usage")).isFalse();
        assertThat(ImageHeader.read(picture(json, 0))).isEqualTo(new ImageHeader("image/png", 16, 8));
    }

    private static byte[] picture(JsonNode json, int index) {
        return Base64.getDecoder()
                .decode(json.path("data").path(index).path("b64_json").asText());
    }

    @Test
    void aPictureDependsOnItsOwnSeedAlone() throws Exception {
        JsonNode four =
                Json.parse(server.post("/v1/images/generations", "{\"prompt\": \"a fox\", \"n\": 4, \"seed\": 5}")
                        .body());
        JsonNode one = Json.parse(server.post("/v1/images/generations", "{\"prompt\": \"a fox\", \"seed\": 7}")
                .body());

        assertThat(picture(four, 2)).isEqualTo(picture(one, 0));
    }

    @Test
    void aPictureIsGivenByUrlWhereThatIsAskedFor() throws Exception {
        JsonNode json = Json.parse(
                server.post("/v1/images/generations", "{\"prompt\": \"a fox\", \"response_format\": \"url\"}")
                        .body());

        String url = json.path("data").path(0).path("url").asText();
        assertThat(url).startsWith("http://127.0.0.1:" + server.port() + "/api/pictures/");
        HttpResponse<byte[]> picture = server.bytes(url.substring(url.indexOf("/api/")));
        assertThat(picture.headers().firstValue("Content-Type")).hasValue("image/png");
    }

    @Test
    void takesTheSpellingsOfOtherServers() throws Exception {
        server.post(
                "/v1/images/generations",
                "{\"prompt\": \"a\", \"num_inference_steps\": \"7\", \"cfg_scale\": 3.5,"
                        + " \"negative_prompt\": \"b\", \"width\": 24, \"height\": 16, \"size\": \"8x8\","
                        + " \"options\": {\"faulty.known\": \"x\"}, \"n\": null, \"quality\": \"auto\", \"user\": \"u\"}");

        ImageRequest request = offline.requests().get(0);
        assertThat(request.steps()).hasValue(7);
        assertThat(request.guidanceScale()).hasValue(3.5);
        assertThat(request.negativePrompt()).isEqualTo("b");
        assertThat(request.size().orElseThrow()).hasToString("24x16");
        assertThat(request.options()).containsEntry("faulty.known", "x");
        assertThat(request.count()).isEqualTo(1);
    }

    @Test
    void namesWhatHasNoEffect() throws Exception {
        HttpResponse<String> answer = server.post(
                "/v1/images/generations",
                "{\"prompt\": \"a\", \"quality\": \"hd\", \"lora\": \"x\", \"output_format\": \"webp\"}");

        assertThat(answer.headers().firstValue("x-triptych-ignored")).hasValue("quality, output_format, lora");
    }

    @Test
    void theNamesOfOpenAisModelsLeadToTheDefault() throws Exception {
        assertThat(server.post("/v1/images/generations", "{\"prompt\": \"a\", \"model\": \"gpt-image-1\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.post("/v1/images/generations", "{\"prompt\": \"a\", \"model\": \"studio\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.post("/v1/images/generations", "{\"prompt\": \"a\", \"model\": \"tiny\"}")
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> unknown =
                server.post("/v1/images/generations", "{\"prompt\": \"a\", \"model\": \"other\"}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body())
                .isEqualTo("{\"error\":{\"message\":\"model must be one of offline, studio but was another\","
                        + "\"type\":\"invalid_request_error\",\"code\":\"model_not_found\",\"param\":\"model\"}}");
        assertThat(studio.calls()).isEqualTo(1);
        assertThat(server.json("/v1/models").path("data").path(1).path("id").asText())
                .isEqualTo("studio");
        assertThat(server.json("/models/studio").path("object").asText()).isEqualTo("model");
    }

    @Test
    void eachFailureHasItsStatus() throws Exception {
        assertFailure(new ContentRejectedException("no", origin(Outcome.REJECTED)), 400, "content_rejected", null);
        assertFailure(new BudgetExceededException("no", origin(Outcome.NOT_SENT)), 429, "budget_exceeded", "false");
        assertFailure(new RateLimitedException("no", origin(Outcome.REJECTED)), 429, "rate_limited", null);
        assertFailure(new AuthenticationException("no", origin(Outcome.REJECTED)), 502, "authentication", "false");
        assertFailure(new ProviderUnavailableException("no", origin(Outcome.NOT_SENT)), 503, "unavailable", "false");
        assertFailure(new ProviderUnavailableException("no", origin(Outcome.UNKNOWN)), 502, "may_be_billed", "false");
    }

    private static ErrorOrigin origin(Outcome outcome) {
        return ErrorOrigin.of("faulty", outcome);
    }

    private void assertFailure(ImageGenerationException failure, int status, String code, @Nullable String retry)
            throws Exception {
        studio.failNext(failure);
        HttpResponse<String> answer =
                server.post("/v1/images/generations", "{\"prompt\": \"a\", \"model\": \"studio\"}");
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(Json.parse(answer.body()).path("error").path("code").asText())
                .isEqualTo(code);
        assertThat(answer.headers().firstValue("x-should-retry").orElse(null)).isEqualTo(retry);
    }

    @Test
    void refusesWhatItCannotRead() throws Exception {
        assertThat(message("{\"prompt\": \"a\", \"n\": 11}")).isEqualTo("n must be between 1 and 10 but was 11");
        assertThat(message("{\"prompt\": \"a\", \"size\": \"big\"}"))
                .isEqualTo("size must be WIDTHxHEIGHT, such as 768x512, but was \"big\"");
        assertThat(message("{\"prompt\": \"a\", \"steps\": 5, \"num_inference_steps\": 6}"))
                .isEqualTo("num_inference_steps and steps must not both be given with different values but were");
        assertThat(message("{}"))
                .isEqualTo("prompt must say what to show but was empty, and there is no input picture or reference");
        assertThat(message("{\"prompt\": \"a\", \"seed\": \"x\"}"))
                .isEqualTo("seed must be a number but was of JSON type STRING");
        assertThat(message("{\"prompt\": \"a\", \"steps\": 1.5}"))
                .isEqualTo("num_inference_steps must be a whole number but was of JSON type NUMBER");
    }

    private String message(String body) throws Exception {
        HttpResponse<String> answer = server.post("/v1/images/generations", body);
        assertThat(answer.statusCode()).isEqualTo(400);
        return Json.parse(answer.body()).path("error").path("message").asText();
    }

    @Test
    void editsAPictureThatComesAsAForm() throws Exception {
        BufferedImage hole = new BufferedImage(16, 16, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                hole.setRGB(x, y, x < 8 ? 0 : 0xff000000);
            }
        }
        HttpResponse<String> answer = form(
                "/v1/images/edits",
                text("prompt", "a fox"),
                text("n", "1"),
                file("image[]", TestPictures.png(16, 16, Color.RED)),
                file("mask", ImageDecoder.encodePng(hole)));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        ImageRequest request = offline.requests().get(0);
        assertThat(request.operation()).isEqualTo(Operation.INPAINTING);
        BufferedImage mask = ImageDecoder.decode(request.mask().orElseThrow().bytes());
        assertThat(mask.getRGB(0, 0) & 0xff).as("transparent in OpenAI's mask").isEqualTo(255);
        assertThat(mask.getRGB(15, 0) & 0xff).as("opaque in OpenAI's mask").isZero();
    }

    @Test
    void aMaskWithoutTransparencyIsReadByItsBrightness() throws Exception {
        BufferedImage white = TestPictures.plain(16, 16, Color.BLACK);
        white.setRGB(3, 3, 0xffffffff);
        form(
                "/v1/images/edits",
                text("prompt", "a fox"),
                file("image", TestPictures.png(16, 16, Color.RED)),
                file("mask", ImageDecoder.encodePng(white)));
        form(
                "/v1/images/edits",
                text("prompt", "a fox"),
                text("mask_mode", "black"),
                file("image", TestPictures.png(16, 16, Color.RED)),
                file("mask", ImageDecoder.encodePng(white)));

        BufferedImage first = ImageDecoder.decode(
                offline.requests().get(0).mask().orElseThrow().bytes());
        BufferedImage second = ImageDecoder.decode(
                offline.requests().get(1).mask().orElseThrow().bytes());
        assertThat(first.getRGB(3, 3) & 0xff).isEqualTo(255);
        assertThat(first.getRGB(0, 0) & 0xff).isZero();
        assertThat(second.getRGB(3, 3) & 0xff).isZero();
        assertThat(second.getRGB(0, 0) & 0xff).isEqualTo(255);
    }

    @Test
    void aMaskThatRepaintsNothingIsRefused() throws Exception {
        HttpResponse<String> answer = form(
                "/v1/images/edits",
                text("prompt", "a fox"),
                file("image", TestPictures.png(16, 16, Color.RED)),
                file("mask", TestPictures.png(16, 16, Color.BLACK)));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Json.parse(answer.body()).path("error").path("message").asText())
                .isEqualTo(
                        "mask must say where to repaint, by transparent pixels or else by white ones, but has neither");
    }

    @Test
    void editsAPictureThatComesAsADataUrlAndFetchesNone() throws Exception {
        String picture = Base64.getEncoder().encodeToString(TestPictures.png(8, 8, Color.RED));
        HttpResponse<String> answer = server.post(
                "/v1/images/edits",
                "{\"prompt\": \"a\", \"images\": [{\"image_url\": \"data:image/png;base64," + picture + "\"}]}");
        HttpResponse<String> fetched =
                server.post("/v1/images/edits", "{\"prompt\": \"a\", \"image\": \"http://127.0.0.1:1/picture.png\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(fetched.statusCode()).isEqualTo(400);
        assertThat(Json.parse(fetched.body()).path("error").path("message").asText())
                .isEqualTo("image must be a picture in Base64 but was a URL, which is never fetched");
    }

    @Test
    void variesAPictureByTheWordsThatItCarries() throws Exception {
        HttpResponse<String> without = form("/v1/images/variations", file("image", TestPictures.png(8, 8, Color.RED)));
        assertThat(without.statusCode()).isEqualTo(400);

        byte[] png = PngText.with(
                TestPictures.png(8, 8, Color.RED), Map.of("parameters", "a fox\nSteps: 1, Seed: 2, CFG scale: 3"));
        HttpResponse<String> answer = form("/v1/images/variations", file("image", png), text("n", "2"));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(offline.requests().get(0).prompt()).isEqualTo("a fox");
        assertThat(Json.parse(answer.body()).path("warnings").path(0).asText())
                .isEqualTo("the picture was varied by the words that it carries");
    }

    @Test
    void streamsEachFinishedPicture() throws Exception {
        HttpResponse<String> answer = server.post(
                "/v1/images/generations",
                "{\"prompt\": \"a fox\", \"n\": 2, \"stream\": true, \"partial_images\": 2}",
                "Accept",
                "application/json");

        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        List<String> events =
                answer.body().lines().filter(line -> line.startsWith("event: ")).toList();
        assertThat(events).containsExactly("event: image_generation.completed", "event: image_generation.completed");
        String data = answer.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .findFirst()
                .orElseThrow()
                .substring(6);
        assertThat(Json.parse(data).path("type").asText()).isEqualTo("image_generation.completed");
        assertThat(Base64.getDecoder().decode(Json.parse(data).path("b64_json").asText()))
                .isNotEmpty();
    }

    @Test
    void aFailureInAStreamIsAnEvent() throws Exception {
        offline.failNext(new ContentRejectedException("refused", origin(Outcome.REJECTED)));

        HttpResponse<String> answer =
                server.post("/v1/images/generations", "{\"prompt\": \"a fox\", \"stream\": true}");

        assertThat(answer.body())
                .contains("event: error\ndata: {\"error\":{\"message\":\"refused\",\"type\":\"invalid_request_error\","
                        + "\"code\":\"content_rejected\",\"param\":null}}\n\n");
    }

    @Test
    void aFormThatIsTooLargeIsRefused() throws Exception {
        HttpResponse<String> answer = form("/v1/images/edits", text("prompt", "a"), file("image", new byte[65 << 20]));

        assertThat(answer.statusCode()).isEqualTo(413);
    }

    private HttpResponse<String> form(String path, Multipart.Part... parts) throws Exception {
        return Multipart.post(server, path, parts);
    }
}
