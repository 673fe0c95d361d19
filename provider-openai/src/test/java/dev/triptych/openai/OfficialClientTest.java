package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import com.openai.models.ErrorObject;
import com.openai.models.images.Image;
import com.openai.models.images.ImageEditCompletedEvent;
import com.openai.models.images.ImageEditPartialImageEvent;
import com.openai.models.images.ImageGenCompletedEvent;
import com.openai.models.images.ImageGenPartialImageEvent;
import com.openai.models.images.ImagesResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The official client's types read our fixtures without a complaint: the fixtures are honest. */
class OfficialClientTest {

    private static final JsonMapper MAPPER = ObjectMappers.jsonMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openai/generation.json",
                "openai/generation-of-two.json",
                "openai/edit.json",
                "openai/dall-e-3.json",
                "openai/dall-e-2-links.json",
                "azure/generation.json",
                "compatible/sd-server.json"
            })
    void readsOurAnswers(String fixture) throws IOException {
        ImagesResponse answer =
                MAPPER.readValue(Fixtures.text(fixture), ImagesResponse.class).validate();

        List<Image> images = answer.data().orElseThrow();
        assertThat(images)
                .isNotEmpty()
                .allMatch(image -> image.b64Json().isPresent() || image.url().isPresent());
    }

    @Test
    void readsTheSameUsageAsWeDo() throws IOException {
        ImagesResponse.Usage usage = MAPPER.readValue(Fixtures.text("openai/edit.json"), ImagesResponse.class)
                .usage()
                .orElseThrow();

        assertThat(UsageReader.read(
                        Fixtures.json(Fixtures.text("openai/edit.json")).path("usage")))
                .hasValueSatisfying(ours -> {
                    assertThat(ours.inputTextTokens())
                            .hasValue(usage.inputTokensDetails().textTokens());
                    assertThat(ours.inputImageTokens())
                            .hasValue(usage.inputTokensDetails().imageTokens());
                    assertThat(ours.outputTokens()).hasValue(usage.outputTokens());
                });
    }

    @Test
    void readsOurStreams() throws IOException {
        List<String> generation = events("openai/stream.sse");
        List<String> edit = events("openai/stream-edit.sse");

        assertThat(MAPPER.readValue(generation.get(1), ImageGenPartialImageEvent.class)
                        .validate()
                        .partialImageIndex())
                .isEqualTo(1);
        assertThat(MAPPER.readValue(generation.get(2), ImageGenCompletedEvent.class)
                        .validate()
                        .usage()
                        .outputTokens())
                .isEqualTo(1250);
        MAPPER.readValue(edit.get(0), ImageEditPartialImageEvent.class).validate();
        MAPPER.readValue(edit.get(1), ImageEditCompletedEvent.class).validate();
    }

    static List<String> errors() {
        return Fixtures.names("openai", ".json").stream()
                .filter(name -> name.contains("/error-"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("errors")
    void readsOurErrors(String fixture) throws IOException {
        String error = Fixtures.json(Fixtures.text(fixture)).path("error").toString();

        ErrorObject read = MAPPER.readValue(error, ErrorObject.class).validate();

        assertThat(read.message()).isNotBlank();
        assertThat(read.type())
                .isEqualTo(ErrorBody.parse(Fixtures.text(fixture).getBytes(StandardCharsets.UTF_8), "application/json")
                        .type());
    }

    private static List<String> events(String fixture) {
        return Fixtures.text(fixture)
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> line.substring("data: ".length()))
                .toList();
    }
}
