package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.server.ServerSettings;
import dev.triptych.server.StudioServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many clients of the server at once, painted for by the bundled checkpoint. In short by default; profile {@code long}
 * sets {@code triptych.clients} to 200.
 */
class ServeManyTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void everyClientGetsThePictureOfItsOwnSeed() throws Exception {
        int clients = Integer.getInteger("triptych.clients", 10);
        try (GeneratorRegistry registry =
                        GeneratorRegistry.load(TriptychConfig.builder().build());
                StudioServer server =
                        StudioServer.start(ServerSettings.standard(folder).withPort(0), registry)) {
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int seed = 0; seed < clients; seed++) {
                answers.add(client.sendAsync(asked(server, seed), BodyHandlers.ofString()));
            }
            List<String> pictures = new ArrayList<>();
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                pictures.add(picture(answer.get()));
            }

            assertThat(pictures).doesNotHaveDuplicates();
            assertThat(picture(client.send(asked(server, clients / 2), BodyHandlers.ofString())))
                    .as("the picture of the same seed, asked for alone")
                    .isEqualTo(pictures.get(clients / 2));
        }
    }

    private static HttpRequest asked(StudioServer server, int seed) {
        return HttpRequest.newBuilder(server.address().resolve("/v1/images/generations"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(
                        "{\"prompt\": \"a penguin in the snow\", \"steps\": 2, \"seed\": " + seed + "}"))
                .build();
    }

    private static String picture(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        byte[] png = Base64.getDecoder()
                .decode(JSON.readTree(answer.body())
                        .path("data")
                        .path(0)
                        .path("b64_json")
                        .asText());
        assertThat(png).startsWith(0x89, 'P', 'N', 'G');
        return HexFormat.of().formatHex(png);
    }
}
