package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.AspectRatio;
import dev.triptych.AuthenticationException;
import dev.triptych.Capabilities;
import dev.triptych.Cost;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.config.GeneratorSettings;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** OpenRouter's images endpoint, by its guide and its reference. */
class OpenRouterProfileTest extends AgainstWireMock {

    private static final byte[] PICTURE = Fixtures.greenPng();
    private static final String B64 = Base64.getEncoder().encodeToString(PICTURE);
    private static final String ENDPOINTS = """
            {"id": "bytedance-seed/seedream-4.5", "endpoints": [
              {"provider_name": "Bytedance", "provider_slug": "bytedance", "supports_streaming": false,
               "supported_parameters": {
                 "resolution": {"type": "enum", "values": ["2K", "4K"]},
                 "aspect_ratio": {"type": "enum", "values": ["auto", "1:1", "16:9", "19.5:9"]},
                 "n": {"type": "range", "min": 1, "max": 4},
                 "seed": {"type": "boolean"},
                 "input_references": {"type": "range", "min": 0, "max": 14}},
               "pricing": [{"billable": "output_image", "unit": "image", "cost_usd": 0.04, "variant": ""}]},
              {"provider_name": "Other", "provider_slug": "other", "supports_streaming": true,
               "supported_parameters": {
                 "aspect_ratio": {"type": "enum", "values": ["3:2"]},
                 "n": {"type": "range", "min": 1, "max": 6},
                 "output_format": {"type": "enum", "values": ["png", "jpeg"]}}}]}""";

    private static OpenAiImageGenerator.Builder router() {
        return OpenAiImageGenerator.builder()
                .profile("openrouter")
                .baseUrl(base() + "/api/v1")
                .model("bytedance-seed/seedream-4.5")
                .apiKey(KEY);
    }

    private static void describe(int status, String body) {
        server().stubFor(get(anyUrl()).willReturn(aResponse().withStatus(status).withBody(body)));
    }

    private static void paint() {
        answer(json(
                200,
                "{\"created\":1,\"data\":[{\"b64_json\":\"" + B64 + "\",\"media_type\":\"image/png\"}],\"usage\":{"
                        + "\"prompt_tokens\":0,\"completion_tokens\":4175,\"total_tokens\":4175,\"cost\":0.0385,"
                        + "\"is_byok\":false}}"));
    }

    @Test
    void asksOnceWhatTheModelHonoursAndSaysSo() {
        describe(200, ENDPOINTS);
        paint();
        ImageGenerator generator = router().build();
        boolean provisionalBefore = generator.capabilities().provisional();

        generator.generate(PROMPT);
        ImageResult result = generator.generate(PROMPT);

        Capabilities capabilities = generator.capabilities();
        assertThat(server().findAll(getRequestedFor(anyUrl())))
                .singleElement()
                .satisfies(asked -> assertThat(asked.getUrl())
                        .isEqualTo("/api/v1/images/models/bytedance-seed/seedream-4.5/endpoints"));
        assertThat(provisionalBefore).isTrue();
        assertThat(capabilities.provisional()).isFalse();
        assertThat(capabilities.maxImagesPerCall()).isEqualTo(6);
        assertThat(capabilities.maxInputs()).isEqualTo(14);
        assertThat(capabilities.operations())
                .containsExactlyInAnyOrder(Operation.TEXT_TO_IMAGE, Operation.IMAGE_TO_IMAGE);
        assertThat(capabilities.honoured())
                .containsExactlyInAnyOrder(Parameter.ASPECT_RATIO, Parameter.SEED, Parameter.OUTPUT_FORMAT);
        assertThat(capabilities.outputFormats()).containsExactlyInAnyOrder("png", "jpeg");
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void asksWhenItIsPrepared() {
        describe(200, ENDPOINTS);
        ImageGenerator generator = router().build();

        generator.prepare(GenerationContext.create());

        assertThat(generator.capabilities().maxInputs()).isEqualTo(14);
    }

    @Test
    void sendsEachSettingUnderItsName() {
        describe(200, ENDPOINTS);
        paint();
        ImageRequest request = ImageRequest.builder()
                .prompt("join them")
                .count(2)
                .size(4096, 2304)
                .seed(7L)
                .outputFormat("jpeg")
                .input(ImageInput.of(PICTURE))
                .option("openrouter.extra.quality_hint", "fine")
                .build();

        ImageResult result = router().option("provider", Map.of("only", List.of("bytedance")))
                .header("X-Title", "Studio")
                .build()
                .generate(request);

        assertThat(sent().getUrl()).isEqualTo("/api/v1/images");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
        assertThat(sent().getHeader("X-Title")).isEqualTo("Studio");
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "bytedance-seed/seedream-4.5", "prompt": "join them", "n": 2, "aspect_ratio": "16:9",
                 "resolution": "4K", "output_format": "jpeg", "seed": 7,
                 "input_references": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,%s"}}],
                 "quality_hint": "fine", "provider": {"only": ["bytedance"]}}""".formatted(B64)));
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.cost()).contains(new Cost(new BigDecimal("0.0385"), "USD", "the answer"));
        assertThat(result.warnings())
                .contains(GenerationWarning.adapted(
                        "size", "size must be a shape but was 4096x2304; 16:9 at 4K was taken"));
    }

    @Test
    void sendsPixelsToAModelThatTakesThem() {
        describe(200, "{\"data\":{\"endpoints\":[{\"supported_parameters\":{\"size\":{\"type\":\"boolean\"}}}]}}");
        paint();

        router().build()
                .generate(ImageRequest.builder().prompt(PROMPT).size(800, 600).build());

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "bytedance-seed/seedream-4.5", "prompt": "a red fox in the snow", "n": 1, "size": "800x600"}"""));
    }

    static List<Arguments> silentServers() {
        return List.of(
                Arguments.of(404, "", "status must be 200 but was 404"),
                Arguments.of(200, "<html>", "description must be JSON but was not"),
                Arguments.of(200, "{\"endpoints\":[]}", "it says nothing of the model"));
    }

    @ParameterizedTest
    @MethodSource("silentServers")
    void takesThePackagedRowWhereTheServerDoesNotSay(int status, String body, String reason) {
        describe(status, body);
        paint();
        ImageGenerator generator = router().build();

        ImageResult result = generator.generate(ImageRequest.builder()
                .prompt(PROMPT)
                .aspectRatio(new AspectRatio(21, 9))
                .build());

        assertThat(sentJson().path("aspect_ratio").asText()).isEqualTo("21:9");
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.notice(
                        "model",
                        "what the model honours could not be read from openrouter (" + reason
                                + "); the table of 2026-11-30 was taken"));
        assertThat(generator.capabilities().maxImagesPerCall()).isEqualTo(10);
    }

    @Test
    void streamsUnfinishedPictures() {
        describe(200, ENDPOINTS);
        String other = Base64.getEncoder().encodeToString(Fixtures.picture("openai/generation.json", 0));
        answer(aResponse()
                .withHeader("Content-Type", "text/event-stream")
                .withBody(
                        ": OPENROUTER PROCESSING\n\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\""
                                + other + "\"}\n\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"" + B64
                                + "\",\"usage\":{\"cost\":0.04}}\n\ndata: [DONE]\n\n"));
        List<GenerationEvent> events = new ArrayList<>();

        ImageResult result = router().build()
                .generate(
                        ImageRequest.builder()
                                .prompt(PROMPT)
                                .option("openrouter.stream", "true")
                                .build(),
                        GenerationContext.builder().listener(events::add).build());

        assertThat(sentJson().path("stream").asBoolean()).isTrue();
        assertThat(events).hasSize(2).last().isInstanceOf(GenerationEvent.Preview.class);
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.cost()).contains(new Cost(new BigDecimal("0.04"), "USD", "the answer"));
    }

    static List<Arguments> errors() {
        return List.of(
                Arguments.of(400, UnsupportedRequestException.class, Outcome.REJECTED),
                Arguments.of(401, AuthenticationException.class, Outcome.REJECTED),
                Arguments.of(402, AuthenticationException.class, Outcome.REJECTED),
                Arguments.of(403, AuthenticationException.class, Outcome.REJECTED),
                Arguments.of(404, UnsupportedRequestException.class, Outcome.REJECTED),
                Arguments.of(429, RateLimitedException.class, Outcome.REJECTED),
                Arguments.of(500, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(502, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(524, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(529, ProviderUnavailableException.class, Outcome.REJECTED));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("errors")
    void readsEachOfItsErrors(int status, Class<? extends ImageGenerationException> type, Outcome outcome) {
        describe(200, ENDPOINTS);
        answer(json(status, "{\"error\":{\"code\":" + status + ",\"message\":\"so it is\",\"metadata\":{}}}"));

        ImageGenerationException error = discreet(catchThrowableOfType(
                ImageGenerationException.class, () -> router().build().generate(PROMPT)));

        assertThat(error)
                .isExactlyInstanceOf(type)
                .hasMessageEndingWith("(status " + status + ", code " + status + "): so it is");
        assertThat(error.outcome()).isEqualTo(outcome);
    }

    @Test
    void refusesAMask() {
        describe(200, ENDPOINTS);
        ImageInput picture = ImageInput.of(PICTURE);

        assertThatThrownBy(() -> router().build()
                        .generate(ImageRequest.builder()
                                .prompt("a hat")
                                .input(picture)
                                .mask(picture)
                                .build()))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("operation must be one of [IMAGE_TO_IMAGE, TEXT_TO_IMAGE] but was INPAINTING");
    }

    @Test
    void isATypeOfItsOwn() {
        try (ImageGenerator generator = new OpenRouterGeneratorFactory()
                .create(GeneratorSettings.of("router", Map.of("model", "openai/gpt-image-2")))) {
            assertThat(generator.info().provider()).isEqualTo("openrouter");
            assertThat(generator.info().model()).isEqualTo("openai/gpt-image-2");
        }
    }
}
