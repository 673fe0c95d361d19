package dev.triptych.server.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.media.ImageHeader;
import dev.triptych.server.TestServer;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class McpTest {

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.of(
            "offline",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                    .maxInputs(1)
                    .build());
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline, studio);
    }

    @AfterEach
    void stop() {
        offline.release();
        server.close();
    }

    @Test
    void listsItsTools() throws Exception {
        JsonNode answer = rpc("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}");

        List<String> names = new ArrayList<>();
        answer.path("result")
                .path("tools")
                .forEach(tool -> names.add(tool.path("name").asText()));
        assertThat(names)
                .containsExactly("generate_image", "edit_image", "list_generators", "describe_image", "get_job");
        assertThat(answer.path("result")
                        .path("tools")
                        .path(0)
                        .path("inputSchema")
                        .path("required")
                        .toString())
                .isEqualTo("[\"prompt\"]");
    }

    @Test
    void makesAPicture() throws Exception {
        JsonNode result = tool("generate_image", "{\"prompt\": \"a fox\", \"seed\": 5, \"count\": 2}");

        assertThat(result.path("isError").asBoolean()).isFalse();
        JsonNode preview = result.path("content").path(0);
        assertThat(preview.path("mimeType").asText()).isEqualTo("image/jpeg");
        assertThat(ImageHeader.read(
                                Base64.getDecoder().decode(preview.path("data").asText()))
                        .mediaType())
                .isEqualTo("image/jpeg");
        assertThat(result.path("content").path(1).path("text").asText())
                .contains("seed 5")
                .endsWith("Cost: free");
        assertThat(result.path("content").path(2).path("type").asText()).isEqualTo("resource_link");
        assertThat(result.path("structuredContent")
                        .path("pictures")
                        .path(1)
                        .path("seed")
                        .asLong())
                .isEqualTo(6);
    }

    @Test
    void editsAPictureOfTheServerAndNoneOfTheMachine() throws Exception {
        String id = server.upload(TestPictures.png(16, 16, Color.RED));

        JsonNode edited = tool("edit_image", "{\"prompt\": \"a fox\", \"image\": \"" + id + "\"}");
        JsonNode refused = tool("edit_image", "{\"prompt\": \"a fox\", \"image\": \"/etc/hostname\"}");

        assertThat(edited.path("isError").asBoolean()).isFalse();
        ImageRequest request = offline.requests().get(0);
        assertThat(request.operation()).isEqualTo(Operation.IMAGE_TO_IMAGE);
        assertThat(refused.path("isError").asBoolean()).isTrue();
        assertThat(refused.path("content").path(0).path("text").asText())
                .isEqualTo("image must be the id of a picture of this server, but is not");
    }

    @Test
    void spendsNothingWithoutABudget() throws Exception {
        JsonNode result = tool("generate_image", "{\"prompt\": \"a fox\", \"generator\": \"studio\"}");

        assertThat(result.path("isError").asBoolean()).isTrue();
        assertThat(result.path("content").path(0).path("text").asText())
                .isEqualTo(
                        "studio costs money, and there is no budget: section \"budget\" of triptych.yaml must say how"
                                + " much may be spent before a model may ask for it");
        assertThat(studio.calls()).isZero();
    }

    @Test
    void givesTheJobWhereThePictureTakesLonger() throws Exception {
        offline.block();
        JsonNode waiting = tool("generate_image", "{\"prompt\": \"a fox\", \"wait_seconds\": 0}");
        String job = waiting.path("structuredContent").path("job").asText();
        JsonNode still = tool("get_job", "{\"job\": \"" + job + "\"}");
        offline.release();
        server.ended(job);

        assertThat(still.path("structuredContent").path("status").asText()).isIn("queued", "running");
        assertThat(tool("get_job", "{\"job\": \"" + job + "\"}")
                        .path("content")
                        .path(0)
                        .path("type")
                        .asText())
                .isEqualTo("image");
    }

    @Test
    void describesPicturesAndGenerators() throws Exception {
        String id = server.upload(TestPictures.png(16, 8, Color.RED));

        assertThat(tool("describe_image", "{\"image\": \"" + id + "\"}")
                        .path("structuredContent")
                        .path("width")
                        .asInt())
                .isEqualTo(16);
        JsonNode generators =
                tool("list_generators", "{}").path("structuredContent").path("generators");
        assertThat(generators.path(0).path("name").asText()).isEqualTo("offline");
        assertThat(generators.path(1).path("free").asBoolean()).isFalse();
    }

    @Test
    void aWrongArgumentIsSaidInTheResult() throws Exception {
        assertThat(tool("generate_image", "{\"prompt\": \"a\", \"count\": 9}")
                        .path("content")
                        .path(0)
                        .path("text")
                        .asText())
                .isEqualTo("count must be between 1 and 4 but was 9");
        assertThat(tool("generate_image", "{\"prompt\": \"a\", \"size\": 9}")
                        .path("content")
                        .path(0)
                        .path("text")
                        .asText())
                .isEqualTo("arguments have an unknown field \"size\"");
    }

    @Test
    void tellsProgressWhereItIsAskedFor() throws Exception {
        HttpResponse<String> answer = server.post(
                "/mcp",
                "{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"tools/call\", \"params\": {\"name\": \"generate_image\","
                        + " \"arguments\": {\"prompt\": \"a fox\"}, \"_meta\": {\"progressToken\": \"p\"}}}");

        List<JsonNode> messages = messages(answer.body());
        assertThat(messages).hasSize(2);
        assertThat(messages.get(0).toString())
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":1.0,"
                        + "\"total\":1.0,\"message\":\"step 1 of 1\",\"progressToken\":\"p\"}}");
        assertThat(messages.get(1).path("id").asInt()).isEqualTo(7);
    }

    @Test
    void aCancelledCallStopsAndIsNotAnswered() throws Exception {
        String session = server.post(
                        "/mcp",
                        "{\"jsonrpc\": \"2.0\", \"id\": 0, \"method\": \"initialize\", \"params\":"
                                + " {\"protocolVersion\": \"2025-06-18\", \"capabilities\": {}}}")
                .headers()
                .firstValue("Mcp-Session-Id")
                .orElseThrow();
        offline.block();
        CompletableFuture<String> call = CompletableFuture.supplyAsync(() -> {
            try {
                return server.post(
                                "/mcp",
                                "{\"jsonrpc\": \"2.0\", \"id\": \"x\", \"method\": \"tools/call\", \"params\":"
                                        + " {\"name\": \"generate_image\", \"arguments\": {\"prompt\": \"a\"}}}",
                                "Mcp-Session-Id",
                                session)
                        .body();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        offline.awaitBlocked(1);
        HttpResponse<String> cancel = server.post(
                "/mcp",
                "{\"jsonrpc\": \"2.0\", \"method\": \"notifications/cancelled\", \"params\": {\"requestId\": \"x\"}}",
                "Mcp-Session-Id",
                session);

        assertThat(cancel.statusCode()).isEqualTo(202);
        assertThat(messages(call.get(20, TimeUnit.SECONDS))).isEmpty();
        assertThat(server.json("/api/jobs").path("jobs").path(0).path("status").asText())
                .isEqualTo("cancelled");
    }

    @Test
    void aClientWithoutAHandshakeCancelsByClosingItsStream() throws Exception {
        offline.block();
        String call = "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {\"name\":"
                + " \"generate_image\", \"arguments\": {\"prompt\": \"a\"}, \"_meta\":"
                + " {\"io.modelcontextprotocol/protocolVersion\": \"2026-07-28\"}}}";
        String id;
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            client.getOutputStream()
                    .write(("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
                                    + "Mcp-Name: generate_image\r\nContent-Length: " + call.length() + "\r\n\r\n"
                                    + call)
                            .getBytes(StandardCharsets.US_ASCII));
            offline.awaitBlocked(1);
            id = server.json("/api/jobs").path("jobs").path(0).path("id").asText();
        }

        assertThat(server.ended(id).status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void speaksTheRevisionWithoutAHandshake() throws Exception {
        String meta = "\"_meta\": {\"io.modelcontextprotocol/protocolVersion\": \"2026-07-28\"}";
        String discover =
                "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"server/discover\", \"params\": {" + meta + "}}";

        HttpResponse<String> found =
                server.post("/mcp", discover, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "server/discover");
        HttpResponse<String> mismatch =
                server.post("/mcp", discover, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/list");
        HttpResponse<String> version = server.post("/mcp", discover.replace("2026-07-28", "2027-01-01"));
        HttpResponse<String> method = server.post(
                "/mcp",
                discover.replace("server/discover", "tasks/list"),
                "MCP-Protocol-Version",
                "2026-07-28",
                "Mcp-Method",
                "tasks/list");

        JsonNode result = Json.parse(found.body()).path("result");
        assertThat(result.path("supportedVersions").path(0).asText()).isEqualTo("2026-07-28");
        assertThat(result.path("resultType").asText()).isEqualTo("complete");
        assertThat(result.path("cacheScope").asText()).isEqualTo("private");
        assertThat(mismatch.statusCode()).isEqualTo(400);
        assertThat(code(mismatch)).isEqualTo(-32020);
        assertThat(code(version)).isEqualTo(-32022);
        assertThat(method.statusCode()).isEqualTo(404);
        assertThat(code(method)).isEqualTo(-32601);
    }

    private static int code(HttpResponse<String> answer) {
        return Json.parse(answer.body()).path("error").path("code").asInt();
    }

    @Test
    void whatIsNoMessageIsRefusedWithoutAWordOfOurInsides() throws Exception {
        assertThat(rpc("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"nothing\"}")
                        .path("error")
                        .toString())
                .isEqualTo("{\"code\":-32601,\"message\":\"there is no such method\"}");
        assertThat(rpc("{\"id\": 1}").path("error").path("code").asInt()).isEqualTo(-32600);
        assertThat(server.post("/mcp", "{").statusCode()).isEqualTo(400);
        assertThat(server.get("/mcp").statusCode()).isEqualTo(405);
        assertThat(messages(server.post(
                                        "/mcp",
                                        "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {\"name\":"
                                                + " \"nothing\"}}")
                                .body())
                        .get(0)
                        .path("error")
                        .path("message")
                        .asText())
                .isEqualTo("there is no such tool; tools/list names them");
    }

    private JsonNode rpc(String message) throws Exception {
        return Json.parse(server.post("/mcp", message).body());
    }

    private JsonNode tool(String name, String arguments) throws Exception {
        ObjectNode message = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/call");
        message.putObject("params").put("name", name).set("arguments", Json.parse(arguments));
        List<JsonNode> messages =
                messages(server.post("/mcp", Json.text(message)).body());
        return messages.get(messages.size() - 1).path("result");
    }

    private static List<JsonNode> messages(String stream) {
        return stream.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> Json.parse(line.substring(6)))
                .toList();
    }
}
