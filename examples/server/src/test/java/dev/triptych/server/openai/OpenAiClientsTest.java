package dev.triptych.server.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.RateLimitException;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageGenStreamEvent;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.openai.OpenAiImageModel;
import dev.triptych.BudgetExceededException;
import dev.triptych.ErrorOrigin;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.server.ServerSettings;
import dev.triptych.server.TestServer;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are not ours, against our server: OpenAI's own for Java, and LangChain4j's. */
class OpenAiClientsTest {

    private static final String TOKEN = "a token of enough characters";

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.of(
            "offline",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                    .maxInputs(4)
                    .build());
    private TestServer server;
    private OpenAIClient client;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(ServerSettings.standard(folder).withPort(0).withToken(TOKEN), offline);
        client = OpenAIOkHttpClient.builder()
                .apiKey(TOKEN)
                .baseUrl(server.uri("/v1").toString())
                .build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void openAisClientMakesAPicture() {
        ImagesResponse answer = client.images()
                .generate(ImageGenerateParams.builder()
                        .prompt("a fox")
                        .model("gpt-image-1")
                        .n(2)
                        .build());

        assertThat(answer.data().orElseThrow()).hasSize(2);
        assertThat(Base64.getDecoder()
                        .decode(answer.data().get().get(0).b64Json().orElseThrow()))
                .startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    void openAisClientEditsAPictureThatHasNoFileName() {
        ImagesResponse answer = client.images()
                .edit(ImageEditParams.builder()
                        .prompt("a fox")
                        .image(new ByteArrayInputStream(TestPictures.png(16, 16, Color.RED)))
                        .build());

        assertThat(answer.data().orElseThrow()).hasSize(1);
        assertThat(offline.requests().get(0).inputs()).hasSize(1);
    }

    @Test
    void openAisClientStreamsAPicture() {
        try (StreamResponse<ImageGenStreamEvent> events = client.images()
                .generateStreaming(ImageGenerateParams.builder().prompt("a fox").build())) {
            List<ImageGenStreamEvent> all = events.stream().toList();

            assertThat(all).hasSize(1);
            assertThat(all.get(0).asGenerationCompleted().b64Json()).isNotEmpty();
        }
    }

    @Test
    void openAisClientAsksOnceWhereTheBudgetIsUsedUp() {
        offline.failAlways(new BudgetExceededException("no money", ErrorOrigin.of("faulty", Outcome.NOT_SENT)));

        assertThatThrownBy(() -> client.images()
                        .generate(ImageGenerateParams.builder().prompt("a fox").build()))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("no money");
        assertThat(offline.calls()).isEqualTo(1);
    }

    @Test
    void openAisClientListsTheGenerators() {
        assertThat(client.models().list().data())
                .extracting(model -> model.id())
                .containsExactly("offline");
    }

    @Test
    void langChain4jMakesAndEditsAPicture() {
        OpenAiImageModel model = OpenAiImageModel.builder()
                .baseUrl(server.uri("/v1").toString())
                .apiKey(TOKEN)
                .modelName("dall-e-2")
                .build();
        Image start = Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(TestPictures.png(16, 16, Color.RED)))
                .mimeType("image/png")
                .build();

        Image made = model.generate("a fox").content();
        Image edited = model.edit(start, "a cat").content();

        assertThat(Base64.getDecoder().decode(made.base64Data())).startsWith(0x89, 'P', 'N', 'G');
        assertThat(edited.base64Data()).isNotEmpty();
        assertThat(offline.requests().get(1).operation()).isEqualTo(Operation.IMAGE_TO_IMAGE);
    }
}
