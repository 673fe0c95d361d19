package dev.triptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Operation;
import dev.triptych.server.api.Money;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.BilledCalls;
import dev.triptych.server.jobs.Generators;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StdioMcpServerTest {

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.of(
            "offline",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.IMAGE_TO_IMAGE)
                    .maxInputs(1)
                    .build());
    private final PipedOutputStream toServer = new PipedOutputStream();
    private final PipedOutputStream fromServer = new PipedOutputStream();
    private BufferedReader answers;
    private CompletableFuture<Void> served;

    @BeforeEach
    void start() throws IOException {
        Path roots = Files.createDirectories(folder.resolve("pictures"));
        PipedInputStream in = new PipedInputStream(toServer, 1 << 20);
        answers = new BufferedReader(
                new InputStreamReader(new PipedInputStream(fromServer, 1 << 22), StandardCharsets.UTF_8));
        served = CompletableFuture.runAsync(() -> {
            try {
                StdioMcpServer.serve(
                        Generators.of(Map.of("offline", offline), "offline"),
                        BilledCalls.NOTHING_KNOWN,
                        Money.unknown(),
                        folder.resolve("state"),
                        folder.resolve("output"),
                        List.of(roots),
                        in,
                        fromServer);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        offline.release();
        toServer.close();
        served.get(30, TimeUnit.SECONDS);
    }

    private void send(String message) throws IOException {
        toServer.write((message + "\n").getBytes(StandardCharsets.UTF_8));
        toServer.flush();
    }

    private JsonNode answer() throws IOException {
        return Json.parse(answers.readLine());
    }

    @Test
    void greetsAndMakesAPictureThatIsAFile() throws Exception {
        send("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"initialize\", \"params\": {\"protocolVersion\":"
                + " \"2025-03-26\"}}");
        assertThat(answer().path("result").path("protocolVersion").asText()).isEqualTo("2025-03-26");
        send("{\"jsonrpc\": \"2.0\", \"method\": \"notifications/initialized\"}");
        send("{\"jsonrpc\": \"2.0\", \"id\": 2, \"method\": \"tools/call\", \"params\": {\"name\": \"generate_image\","
                + " \"arguments\": {\"prompt\": \"a fox\"}}}");

        JsonNode result = answer().path("result");

        String location = result.path("structuredContent")
                .path("pictures")
                .path(0)
                .path("location")
                .asText();
        assertThat(Path.of(location)).exists().hasParent(folder.resolve("output"));
        assertThat(result.path("content").path(2).path("uri").asText())
                .isEqualTo(Path.of(location).toUri().toString());
    }

    @Test
    void takesPicturesFromAllowedFoldersAlone() throws Exception {
        byte[] png = TestPictures.png(8, 8, Color.RED);
        Path inside = Files.write(folder.resolve("pictures").resolve("a.png"), png);
        Path outside = Files.write(folder.resolve("b.png"), png);
        Path link = Files.createSymbolicLink(folder.resolve("pictures").resolve("c.png"), outside);

        for (Path path :
                List.of(inside, outside, link, folder.resolve("pictures").resolve("../b.png"))) {
            send("{\"jsonrpc\": \"2.0\", \"id\": 3, \"method\": \"tools/call\", \"params\": {\"name\": \"edit_image\","
                    + " \"arguments\": {\"prompt\": \"a fox\", \"image\": \"" + path + "\"}}}");
            assertThat(answer().path("result").path("isError").asBoolean())
                    .as(path.toString())
                    .isEqualTo(!path.equals(inside));
        }
    }

    @Test
    void aCancelledCallStopsAndOthersGoOn() throws Exception {
        offline.block();
        send("{\"jsonrpc\": \"2.0\", \"id\": 4, \"method\": \"tools/call\", \"params\": {\"name\": \"generate_image\","
                + " \"arguments\": {\"prompt\": \"a fox\"}}}");
        offline.awaitBlocked(1);
        send("{\"jsonrpc\": \"2.0\", \"method\": \"notifications/cancelled\", \"params\": {\"requestId\": 4}}");
        send("{\"jsonrpc\": \"2.0\", \"id\": 5, \"method\": \"ping\"}");
        assertThat(answer().toString()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{}}");
        send("not JSON");
        assertThat(answer().path("error").path("code").asInt()).isEqualTo(-32700);
    }
}
