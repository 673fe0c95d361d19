package dev.triptych.server.openai;

import static dev.triptych.server.openai.Multipart.file;
import static dev.triptych.server.openai.Multipart.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.server.TestServer;
import dev.triptych.server.http.Json;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What programs with a server of OpenAI's kind in their settings send, as their sources have it, and what they read.
 */
class ClientReplaysTest {

    private static final byte[] RED = TestPictures.png(16, 16, Color.RED);
    private static final byte[] BLUE = TestPictures.png(16, 16, Color.BLUE);

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.of(
            "offline",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                    .maxInputs(4)
                    .build());
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Open WebUI, {@code backend/open_webui/routers/images.py}. It takes a URL first where an entry has one. */
    @Test
    void openWebUiMakesAPicture() throws Exception {
        JsonNode entry = entry(server.post(
                "/v1/images/generations?api-version=2024-02-01",
                "{\"model\": \"dall-e-2\", \"prompt\": \"a fox\", \"n\": 1, \"size\": \"512x512\","
                        + " \"response_format\": \"b64_json\"}"));

        assertThat(entry.has("url")).isFalse();
        assertIsPng(entry.path("b64_json"));
        assertThat(offline.requests().get(0).size().orElseThrow()).hasToString("512x512");
    }

    @Test
    void openWebUiEditsOnePicture() throws Exception {
        assertIsPng(entry(Multipart.post(
                        server,
                        "/v1/images/edits",
                        text("model", "gpt-image-1"),
                        text("prompt", "a fox"),
                        text("n", "1"),
                        text("size", "1024x1024"),
                        text("background", "auto"),
                        file("image", "5e0c1c52-7a39-4a3c-9d0e-3d1f0f1b1f9a.png", "image/png", RED)))
                .path("b64_json"));

        assertThat(only().operation()).isEqualTo(Operation.IMAGE_TO_IMAGE);
    }

    @Test
    void openWebUiEditsSeveralPictures() throws Exception {
        assertIsPng(entry(Multipart.post(
                        server,
                        "/v1/images/edits",
                        text("model", "gpt-image-1"),
                        text("prompt", "a fox"),
                        file("image[]", "5e0c1c52.png", "image/png", RED),
                        file("image[]", "7b1d.png", "image/png", BLUE)))
                .path("b64_json"));

        assertThat(only().inputs()).hasSize(2);
    }

    /** LibreChat, {@code api/app/clients/tools/structured/OpenAIImageTools.js}. It reads {@code b64_json} alone. */
    @Test
    void libreChatMakesAPicture() throws Exception {
        JsonNode entry = entry(server.post(
                "/v1/images/generations",
                "{\"model\": \"gpt-image-1\", \"prompt\": \"a fox\", \"n\": 1, \"background\": \"auto\","
                        + " \"output_format\": \"png\", \"quality\": \"auto\", \"size\": \"auto\"}"));

        assertIsPng(entry.path("b64_json"));
        assertThat(only().size()).isEmpty();
    }

    @Test
    void libreChatEditsAPicture() throws Exception {
        assertIsPng(entry(Multipart.post(
                        server,
                        "/v1/images/edits",
                        text("model", "gpt-image-1"),
                        text("prompt", "a fox"),
                        text("quality", "auto"),
                        text("size", "auto"),
                        file("image[]", "image_0.png", "image/png", RED)))
                .path("b64_json"));

        assertThat(only().inputs()).hasSize(1);
    }

    /** SillyTavern, {@code src/endpoints/openai.js}, where its fixed host is led here. */
    @Test
    void sillyTavernMakesAPicture() throws Exception {
        assertIsPng(entry(server.post(
                        "/v1/images/generations",
                        "{\"prompt\": \"a fox\", \"model\": \"dall-e-3\", \"size\": \"1024x1024\", \"n\": 1,"
                                + " \"quality\": \"standard\", \"style\": \"vivid\","
                                + " \"response_format\": \"b64_json\"}"))
                .path("b64_json"));
    }

    /** n8n, {@code OpenAi/v2/actions/image/generate.operation.ts}, asked for a link. */
    @Test
    void n8nMakesAPictureAndFollowsItsLink() throws Exception {
        JsonNode entry = entry(server.post(
                "/v1/images/generations",
                "{\"prompt\": \"a fox\", \"model\": \"dall-e-3\", \"response_format\": \"url\", \"n\": 1,"
                        + " \"quality\": \"hd\", \"style\": \"natural\"}"));

        HttpResponse<byte[]> picture = server.bytes(entry.path("url").asText().replaceFirst("^http://[^/]+", ""));
        assertThat(picture.headers().firstValue("Content-Type")).hasValue("image/png");
        assertThat(picture.body()).startsWith(0x89, 'P', 'N', 'G');
    }

    /** LobeChat, {@code openaiCompatibleFactory/createImage.ts}: its own parameters at the top level. */
    @Test
    void lobeChatMakesAPictureWithItsOwnParameters() throws Exception {
        assertIsPng(entry(server.post(
                        "/v1/images/generations",
                        "{\"model\": \"offline\", \"n\": 1, \"prompt\": \"a fox\", \"seed\": 7, \"steps\": 3,"
                                + " \"cfg\": 6.5, \"width\": 64, \"height\": 32, \"aspectRatio\": \"2:1\"}"))
                .path("b64_json"));

        assertThat(only().seed()).hasValue(7);
        assertThat(only().steps()).hasValue(3);
        assertThat(only().guidanceScale()).hasValue(6.5);
        assertThat(only().size().orElseThrow()).hasToString("64x32");
    }

    private ImageRequest only() {
        assertThat(offline.requests()).hasSize(1);
        return offline.requests().get(0);
    }

    private static JsonNode entry(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.parse(answer.body()).path("data").path(0);
    }

    private static void assertIsPng(JsonNode base64) {
        assertThat(Base64.getDecoder().decode(base64.asText())).startsWith(0x89, 'P', 'N', 'G');
    }
}
