package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.triptych.ContentRejectedException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.Usage;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Unfinished pictures that come as server-sent events. */
class StreamingTest extends AgainstWireMock {

    private static final ImageRequest REQUEST = ImageRequest.builder()
            .prompt(PROMPT)
            .option("openai.partial-images", "2")
            .build();

    private static ResponseDefinitionBuilder stream(String fixture) {
        return aResponse()
                .withHeader("Content-Type", "text/event-stream; charset=utf-8")
                .withHeader("x-request-id", "req_17")
                .withBody(Fixtures.text(fixture));
    }

    @Test
    void showsUnfinishedPicturesOnTheWay() {
        answer(stream("openai/stream.sse"));
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();
        OpenAiImageGenerator generator = openai().build();

        ImageResult result = generator.generate(
                REQUEST, GenerationContext.builder().listener(events::add).build());

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "gpt-image-2.6-flare", "prompt": "a red fox in the snow", "n": 1, "partial_images": 2,
                 "stream": true}"""));
        assertThat(sent().getHeader("Accept")).isEqualTo("text/event-stream, application/json");
        assertThat(events).hasSize(3);
        assertThat(events.get(0)).isEqualTo(new GenerationEvent.Started(generator.info()));
        assertThat(((GenerationEvent.Preview) events.get(2)).image().bytes())
                .isEqualTo(Fixtures.picture("openai/generation-of-two.json", 1));
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.picture("openai/generation.json", 0)));
        assertThat(result.usage()).contains(new Usage(OptionalLong.of(10), OptionalLong.of(40), OptionalLong.of(1250)));
    }

    @Test
    void readsTheEventsOfAnEdit() {
        answer(stream("openai/stream-edit.sse"));
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();

        ImageResult result = openai().build()
                .generate(
                        REQUEST.toBuilder()
                                .input(ImageInput.of(Fixtures.greenPng()))
                                .build(),
                        GenerationContext.builder().listener(events::add).build());

        assertThat(sentForm()).contains("partial_images=2", "stream=true");
        assertThat(events).hasSize(2);
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.picture("openai/edit.json", 0)));
    }

    @Test
    void readsAWholeAnswerWhereTheServerDoesNotStream() {
        answer("openai/generation.json");

        assertThat(openai().build().generate(REQUEST).image().bytes())
                .isEqualTo(Fixtures.marked(Fixtures.picture("openai/generation.json", 0)));
    }

    @Test
    void knowsNothingOfAPictureWhoseStreamEndedEarly() {
        answer(stream("openai/stream-cut-off.sse"));

        assertThatThrownBy(() -> openai().build().generate(REQUEST))
                .isInstanceOfSatisfying(UnexpectedResponseException.class, error -> {
                    assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
                    assertThat(error.isRetryable()).isFalse();
                    assertThat(error.requestId()).contains("req_17");
                })
                .hasMessage("stream must end with a finished picture but ended after 1 events");
    }

    @Test
    void readsARefusalWithinTheStream() {
        answer(stream("openai/stream-error.sse"));

        assertThatThrownBy(() -> openai().build().generate(REQUEST))
                .isInstanceOfSatisfying(
                        ContentRejectedException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.REJECTED))
                .hasMessage("prompt and inputs must pass openai's content policy but were refused (status 200, type"
                        + " image_generation_user_error, code moderation_blocked): Your request was rejected by the"
                        + " safety system.");
    }

    @Test
    void readsAnErrorEventWithoutAnEnvelope() {
        answer(aResponse()
                .withHeader("Content-Type", "text/event-stream")
                .withBody("data: {\"type\":\"error\",\"code\":\"server_is_overloaded\",\"message\":\"busy\"}\n\n"));

        assertThatThrownBy(() -> openai().build().generate(REQUEST))
                .hasMessage("openai must be able to serve but is not for now (status 200, code server_is_overloaded):"
                        + " busy");
    }

    @Test
    void keepsThePaidPictureWhereAPreviewIsBroken() {
        answer(aResponse()
                .withHeader("Content-Type", "text/event-stream")
                .withBody("data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"AAAA\"}\n\n"
                        + Fixtures.text("openai/stream.sse")));

        ImageResult result = openai().build().generate(REQUEST);

        assertThat(result.images()).hasSize(1);
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.notice(
                        "previews",
                        "an unfinished picture could not be shown: picture must be PNG, JPEG, WebP, GIF, BMP or AVIF"
                                + " but its first bytes are of another format"));
    }

    @Test
    void doesNotStreamAnAnimatedGif() {
        answer("openai/generation.json");

        ImageResult result = openai().build()
                .generate(REQUEST.toBuilder()
                        .outputFormat("gif")
                        .option("openai.frame-count", "9")
                        .build());

        assertThat(sentJson().has("stream")).isFalse();
        assertThat(sentJson().has("partial_images")).isFalse();
        assertThat(sentJson().path("frame_count").isInt()).isTrue();
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.ignored(
                        "options.openai.partial-images", "openai.partial-images has no effect with outputFormat gif"));
    }
}
