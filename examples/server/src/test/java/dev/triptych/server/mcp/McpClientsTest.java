package dev.triptych.server.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Operation;
import dev.triptych.server.TestServer;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator.ValidationResponse;
import io.modelcontextprotocol.modern.client.transport.HttpClientMcpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.awt.Color;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official Java SDK's clients of both eras, against our server. */
class McpClientsTest {

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.of(
            "offline",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.IMAGE_TO_IMAGE)
                    .maxInputs(1)
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

    @Test
    void theClientWithAHandshakeMakesAndEditsAPicture() throws Exception {
        List<ProgressNotification> progress = new CopyOnWriteArrayList<>();
        try (McpSyncClient client = McpClient.sync(
                        HttpClientStreamableHttpTransport.builder("http://127.0.0.1:" + server.port())
                                .endpoint("/mcp")
                                .build())
                .progressConsumer(progress::add)
                .jsonSchemaValidator((schema, value) -> ValidationResponse.asValid(null))
                .build()) {
            assertThat(client.initialize().serverInfo().name()).isEqualTo("triptych");
            assertThat(client.listTools().tools()).extracting(Tool::name).contains("generate_image", "edit_image");

            CallToolResult result = client.callTool(
                    new CallToolRequest("generate_image", Map.of("prompt", "a fox"), Map.of("progressToken", "p")));
            String id = server.upload(TestPictures.png(16, 16, Color.RED));
            CallToolResult edited = client.callTool(
                    new CallToolRequest("edit_image", Map.of("prompt", "a cat", "image", id), Map.of()));

            assertThat(result.isError()).isNotEqualTo(true);
            assertThat(result.content().get(0)).isInstanceOf(ImageContent.class);
            assertThat(progress).hasSize(1);
            assertThat(edited.isError()).isNotEqualTo(true);
            assertThat(edited.content().get(0)).isInstanceOf(ImageContent.class);
        }
    }

    @Test
    void theClientWithoutAHandshakeMakesAndEditsAPicture() throws Exception {
        String id = server.upload(TestPictures.png(16, 16, Color.RED));
        var client = io.modelcontextprotocol.modern.client.McpClient.sync(
                        HttpClientMcpTransport.builder("http://127.0.0.1:" + server.port() + "/mcp")
                                .build())
                .build();

        assertThat(client.discover().supportedVersions()).containsExactly("2026-07-28");
        assertThat(client.tool("generate_image")
                        .arguments(Map.of("prompt", "a fox"))
                        .call()
                        .content())
                .hasSize(3);
        assertThat(client.tool("edit_image")
                        .arguments(Map.of("prompt", "a fox", "image", id))
                        .call()
                        .content())
                .hasSize(3);
        assertThat(offline.requests().get(1).operation()).isEqualTo(Operation.IMAGE_TO_IMAGE);
    }
}
