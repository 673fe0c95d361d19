package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.Cost;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.Usage;
import dev.triptych.config.GeneratorSettings;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gemini's own API, by what ai.google.dev says of it. */
class GeminiProfileTest extends AgainstWireMock {

    private static final byte[] PICTURE = Fixtures.greenPng();
    private static final String B64 = Base64.getEncoder().encodeToString(PICTURE);
    private static final String INLINE = "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"" + B64 + "\"}";

    private static OpenAiImageGenerator.Builder gemini() {
        return OpenAiImageGenerator.builder()
                .profile("gemini")
                .baseUrl(base() + "/v1beta")
                .apiKey(KEY);
    }

    private static String candidates(String parts, String reason) {
        return "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[" + parts + "]},\"finishReason\":\""
                + reason
                + "\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":1120,"
                + "\"totalTokenCount\":1129,\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":9}],"
                + "\"thoughtsTokenCount\":100},\"modelVersion\":\"gemini-3.1-flash-image\"}";
    }

    private static ImageGenerationException failure() {
        return discreet(catchThrowableOfType(
                ImageGenerationException.class, () -> gemini().build().generate(PROMPT)));
    }

    @Test
    void sendsAPromptAndNothingThatWasNotAskedFor() {
        answer(json(200, candidates(INLINE + "}", "STOP")));

        ImageResult result = gemini().build().generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo("/v1beta/models/gemini-3.1-flash-image:generateContent");
        assertThat(sent().getHeader("x-goog-api-key")).isEqualTo(KEY);
        assertThat(sent().containsHeader("Authorization")).isFalse();
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"contents": [{"role": "user", "parts": [{"text": "a red fox in the snow"}]}],
                 "generationConfig": {"responseModalities": ["IMAGE"]}}"""));
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.usage()).contains(new Usage(OptionalLong.of(9), OptionalLong.empty(), OptionalLong.of(1220)));
        assertThat(result.cost())
                .contains(new Cost(new BigDecimal("0.067"), "USD", "Google's price list of 2026-11-30"));
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void sendsEachSettingUnderItsName() {
        answer(json(200, candidates(INLINE + "}", "STOP")));
        ImageRequest request = ImageRequest.builder()
                .prompt("join them")
                .size(2048, 1152)
                .seed(7L)
                .input(ImageInput.of(PICTURE))
                .input(ImageInput.of(PICTURE))
                .option("gemini.extra.temperature", "0.5")
                .build();

        ImageResult result = gemini().option("safetySettings", List.of(Map.of("category", "c", "threshold", "t")))
                .build()
                .generate(request);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"contents": [{"role": "user", "parts": [{"text": "join them"},
                   {"inlineData": {"mimeType": "image/png", "data": "%1$s"}},
                   {"inlineData": {"mimeType": "image/png", "data": "%1$s"}}]}],
                 "generationConfig": {"responseModalities": ["IMAGE"], "seed": 7,
                   "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"}, "temperature": 0.5},
                 "safetySettings": [{"category": "c", "threshold": "t"}]}""".formatted(B64)));
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.adapted(
                        "size", "size must be a shape but was 2048x1152; 16:9 at 2K was taken"));
        assertThat(result.image().seed()).hasValue(7);
        assertThat(result.cost()).isEmpty();
    }

    @Test
    void goesOnFromAnEarlierPictureWithItsSignature() {
        answer(json(200, candidates(INLINE + ",\"thoughtSignature\":\"c2lnbmF0dXJl\"}", "STOP")));
        ImageGenerator generator = gemini().build();
        ImageResult first = generator.generate(PROMPT);
        server().resetRequests();
        ImageRequest second = ImageRequest.builder()
                .prompt("now at night")
                .reference(new ImageReference("gemini", first.image().imageId().orElseThrow(), Operation.VARIATION))
                .input(ImageInput.of(first.image().bytes()))
                .build();

        generator.generate(second);

        assertThat(first.image().imageId()).contains("c2lnbmF0dXJl");
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"contents": [{"role": "user", "parts": [{"text": "This picture was made earlier."}]},
                   {"role": "model", "parts": [{"inlineData": {"mimeType": "image/png", "data": "%s"},
                      "thoughtSignature": "c2lnbmF0dXJl"}]},
                   {"role": "user", "parts": [{"text": "now at night"}]}],
                 "generationConfig": {"responseModalities": ["IMAGE"]}}""".formatted(B64)));
    }

    @Test
    void skipsWhatWasMerelyThoughtAndShowsItOnTheWay() {
        byte[] thought = Fixtures.picture("openai/generation.json", 0);
        String parts = "{\"thought\":true,\"text\":\"I think of a fox\"},{\"inlineData\":{\"data\":\""
                + Base64.getEncoder().encodeToString(thought)
                + "\",\"mimeType\":\"image/png\"},\"thought\":true},{\"text\":\"Here it is.\"}," + INLINE + "}";
        answer(json(200, candidates(parts, "STOP")));
        List<GenerationEvent> events = new ArrayList<>();

        ImageResult result = gemini().build()
                .generate(
                        ImageRequest.of(PROMPT),
                        GenerationContext.builder().listener(events::add).build());

        assertThat(result.images()).hasSize(1);
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(((GenerationEvent.Preview) events.get(1)).image().bytes()).isEqualTo(thought);
    }

    @Test
    void streamsWhereItIsAskedTo() {
        answer(aResponse()
                .withHeader("Content-Type", "text/event-stream")
                .withBody("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"A\"}]}}]}\r\n\r\ndata: "
                        + candidates(INLINE + "}", "STOP") + "\r\n\r\n"));

        ImageResult result = gemini().build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .option("gemini.stream", "true")
                        .build());

        assertThat(sent().getUrl()).isEqualTo("/v1beta/models/gemini-3.1-flash-image:streamGenerateContent?alt=sse");
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
    }

    @Test
    void keepsThePictureWhereTheStreamBreaksAfterIt() {
        answer(aResponse()
                .withHeader("Content-Type", "text/event-stream")
                .withBody("data: " + candidates(INLINE + "}", "STOP") + "\n\ndata: {\"cand"));

        ImageResult result = gemini().build().generate(PROMPT);

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.notice(
                        "answer",
                        "the answer broke off or is malformed after picture 1; what came before that is kept"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SAFETY",
                "RECITATION",
                "BLOCKLIST",
                "PROHIBITED_CONTENT",
                "SPII",
                "IMAGE_SAFETY",
                "IMAGE_PROHIBITED_CONTENT",
                "IMAGE_RECITATION"
            })
    void takesAnEndForItsContentForARefusal(String reason) {
        answer(json(200, candidates("{\"text\":\"I cannot.\"}", reason)));

        ImageGenerationException error = failure();

        assertThat(error)
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage("prompt and picture must pass gemini's content policy but were refused (" + reason + ")");
        assertThat(error.outcome()).isEqualTo(Outcome.REJECTED);
    }

    @Test
    void takesABlockedPromptForARefusal() {
        answer(json(200, "{\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},\"usageMetadata\":{}}"));

        assertThat(failure())
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage(
                        "prompt and picture must pass gemini's content policy but were refused (PROHIBITED_CONTENT)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NO_IMAGE", "IMAGE_OTHER", "STOP"})
    void takesAnEmptyEndForOneThatMayBeBilled(String reason) {
        answer(json(200, candidates("{\"text\":\"Ask me something else.\"}", reason)));

        ImageGenerationException error = failure();

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("answer must hold at least one picture but held none"
                        + (reason.equals("STOP") ? "" : " (" + reason + ")") + ": Ask me something else.");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void readsGooglesErrors() {
        answer(json(400, """
                {"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
                 "status": "INVALID_ARGUMENT", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                 "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]}}"""));
        assertThat(failure())
                .isInstanceOf(AuthenticationException.class)
                .hasMessage("api-key must be valid and allowed to make pictures but was refused (status 400, type"
                        + " INVALID_ARGUMENT, code 400, inner code API_KEY_INVALID): API key not valid. Please pass a"
                        + " valid API key.");

        answer(json(429, """
                {"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED",
                 "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]}}"""));
        assertThat(failure())
                .isInstanceOfSatisfying(
                        RateLimitedException.class,
                        error -> assertThat(error.retryAfter()).contains(Duration.ofMillis(34_500)));
    }

    @Test
    void refusesAMaskEvenBesideAReference() {
        ImageInput picture = ImageInput.of(PICTURE);
        ImageRequest masked = ImageRequest.builder()
                .prompt("a hat")
                .input(picture)
                .mask(picture)
                .build();
        ImageRequest referring = masked.toBuilder()
                .reference(new ImageReference("gemini", "s", Operation.VARIATION))
                .build();

        for (ImageRequest request : List.of(masked, referring)) {
            assertThatThrownBy(() -> gemini().build().generate(request))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("mask must not be given, since gemini takes none, but was");
        }
        assertThat(server().getAllServeEvents()).isEmpty();
    }

    @Test
    void refusesAReferenceWithoutItsPicture() {
        ImageRequest request = ImageRequest.builder()
                .prompt("again")
                .reference(new ImageReference("gemini", "s", Operation.VARIATION))
                .build();

        assertThatThrownBy(() -> gemini().build().generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("reference needs the picture that it is to as the first input, since gemini keeps none");
    }

    @Test
    void reachesVertexByItsAddressAndAToken() {
        answer(json(200, candidates(INLINE + "}", "STOP")));
        Map<String, Object> settings = Map.of(
                "base-url", base() + "/v1/projects/p/locations/l/publishers/google",
                "bearer-token", "ya29.token",
                "model", "gemini-3-pro-image");

        try (ImageGenerator generator = new GeminiGeneratorFactory().create(GeneratorSettings.of("vertex", settings))) {
            ImageResult result = generator.generate(PROMPT);

            assertThat(generator.info().provider()).isEqualTo("gemini");
            assertThat(result.cost()).isPresent();
        }
        assertThat(sent().getUrl())
                .isEqualTo("/v1/projects/p/locations/l/publishers/google/models/gemini-3-pro-image:generateContent");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer ya29.token");
        assertThat(sent().containsHeader("x-goog-api-key")).isFalse();
    }
}
