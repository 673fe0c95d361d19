package dev.triptych.server.a1111;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.server.TestServer;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebUiProgressTest {

    private static final byte[] UNFINISHED = TestPictures.png(8, 8, Color.RED);

    @TempDir
    private Path folder;

    private final FaultyGenerator painter =
            FaultyGenerator.of("painter", FaultyGenerator.standardCapabilities().build());
    private TestServer server;
    private CompletableFuture<HttpResponse<Void>> answer;

    @BeforeEach
    void startAPictureThatWaitsAfterItsPreview() throws Exception {
        server = TestServer.with(folder, new Showing(painter));
        painter.block();
        answer = HttpClient.newHttpClient()
                .sendAsync(
                        server.request("/sdapi/v1/txt2img")
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"prompt\": \"a fox\"}"))
                                .build(),
                        BodyHandlers.discarding());
        painter.awaitBlocked(1);
    }

    @AfterEach
    void stop() {
        painter.release();
        assertThat(answer.join().statusCode()).isEqualTo(200);
        server.close();
    }

    @Test
    void showsTheUnfinishedPicture() throws Exception {
        assertThat(Base64.getDecoder().decode(progress("").path("current_image").asText()))
                .isEqualTo(UNFINISHED);
        assertThat(progress("?skip_current_image=false").path("current_image").isTextual())
                .isTrue();
    }

    /** Python's clients write {@code True}. */
    @ParameterizedTest
    @ValueSource(strings = {"true", "True", "1"})
    void leavesItOutWhereThatIsAskedFor(String yes) throws Exception {
        JsonNode progress = progress("?skip_current_image=" + yes);

        assertThat(progress.path("state").path("job_count").asInt()).isEqualTo(1);
        assertThat(progress.path("current_image").isNull()).isTrue();
    }

    private JsonNode progress(String query) throws Exception {
        return server.json("/sdapi/v1/progress" + query);
    }

    /** Shows an unfinished picture before it works. */
    private record Showing(ImageGenerator inner) implements ImageGenerator {

        @Override
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            context.emit(new GenerationEvent.Preview(GenerationEvent.PreviewImage.of(UNFINISHED)));
            return inner.generate(request, context);
        }

        @Override
        public Capabilities capabilities() {
            return inner.capabilities();
        }

        @Override
        public GeneratorInfo info() {
            return inner.info();
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
