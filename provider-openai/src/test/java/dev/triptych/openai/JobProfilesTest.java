package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.Cost;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.testkit.TestPictures;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Black Forest Labs, fal and Replicate are sent, and what is made of each of their answers. */
@Timeout(60)
class JobProfilesTest extends AgainstWireMock {

    private static final byte[] PICTURE = Fixtures.greenPng();
    private static final String B64 = Base64.getEncoder().encodeToString(PICTURE);

    @TempDir
    private Path directory;

    private OpenAiImageGenerator.Builder of(String profile) {
        return OpenAiImageGenerator.builder()
                .profile(profile)
                .baseUrl(base())
                .apiKey(KEY)
                .mark(false)
                .jobs(directory)
                .sleeper((time, cancellation) -> {});
    }

    /** Accepts a job and says {@code state} of it. */
    private static void jobs(String accepted, String statusPath, String state) {
        serve("/made.png", PICTURE);
        server().stubFor(post(anyUrl()).willReturn(json(200, accepted)));
        server().stubFor(get(urlPathEqualTo(statusPath)).willReturn(json(200, state)));
    }

    private static void bfl(String state) {
        jobs(
                "{\"id\": \"j1\", \"polling_url\": \"" + base() + "/v1/get_result?id=j1\", \"cost\": 3.0,"
                        + " \"input_mp\": 0, \"output_mp\": 1}",
                "/v1/get_result",
                state);
    }

    private static String ready() {
        return "{\"id\": \"j1\", \"status\": \"Ready\", \"result\": {\"sample\": \"" + base()
                + "/made.png\", \"seed\": 99}}";
    }

    private static void fal(String result) {
        jobs(
                "{\"request_id\": \"j1\", \"status_url\": \"" + base() + "/fal-ai/flux/requests/j1/status\","
                        + " \"response_url\": \"" + base() + "/fal-ai/flux/requests/j1\", \"cancel_url\": \"" + base()
                        + "/fal-ai/flux/requests/j1/cancel\"}",
                "/fal-ai/flux/requests/j1/status",
                "{\"status\": \"COMPLETED\"}");
        server().stubFor(get(urlEqualTo("/fal-ai/flux/requests/j1")).willReturn(json(200, result)));
    }

    private static void replicate(String state) {
        jobs(
                "{\"id\": \"j1\", \"status\": \"starting\", \"urls\": {\"get\": \"" + base()
                        + "/predictions/j1\", \"cancel\": \"" + base() + "/predictions/j1/cancel\"}}",
                "/predictions/j1",
                state);
    }

    @Test
    void sendsEveryFieldToBfl() {
        bfl(ready());
        ImageInput input = ImageInput.of(PICTURE);

        ImageResult result = of("bfl")
                .model("flux-2-flex")
                .option("safety_tolerance", 5)
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .size(1024, 768)
                        .seed(7)
                        .steps(20)
                        .guidanceScale(4)
                        .outputFormat("png")
                        .input(input)
                        .input(input)
                        .option("bfl.extra.prompt_upsampling", "true")
                        .build());

        assertThat(sent().getUrl()).isEqualTo("/v1/flux-2-flex");
        assertThat(sent().getHeader("x-key")).isEqualTo(KEY);
        assertThat(sent().getHeader("Authorization")).isNull();
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"prompt": "a red fox in the snow", "width": 1024, "height": 768, "seed": 7, "steps": 20,
                 "guidance": 4.0, "output_format": "png", "input_image": "%1$s", "input_image_2": "%1$s",
                 "prompt_upsampling": true, "safety_tolerance": 5}""".formatted(B64)));
        assertThat(result.image().seed()).hasValue(99);
        assertThat(result.cost()).contains(new Cost(new BigDecimal("0.030"), "USD", "the answer"));
        server().verify(getRequestedFor(urlEqualTo("/v1/get_result?id=j1")).withHeader("x-key", equalTo(KEY)));
        server().verify(getRequestedFor(urlEqualTo("/made.png")).withoutHeader("x-key"));
    }

    @ParameterizedTest
    @CsvSource({"Request Moderated", "Content Moderated"})
    void bflRefuses(String word) {
        bfl("{\"status\": \"" + word + "\", \"result\": null}");

        ImageGenerationException error = discreet(catchThrowableOfType(
                ContentRejectedException.class, () -> of("bfl").build().generate(PROMPT)));

        assertThat(error)
                .hasMessage("prompt and picture must pass bfl's content policy but were refused (" + word + ")");
        assertThat(error.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(of("bfl").build().openJobs()).isEmpty();
    }

    @Test
    void bflFailsOrForgets() {
        bfl("{\"status\": \"Error\", \"details\": {\"reason\": \"oh\"}}");
        assertThat(catchThrowableOfType(
                        ProviderUnavailableException.class,
                        () -> of("bfl").build().generate(PROMPT)))
                .hasMessage("job must give pictures but bfl says that it failed: {\"reason\":\"oh\"}");

        bfl("{\"status\": \"Task not found\"}");
        assertThat(catchThrowableOfType(
                        UnexpectedResponseException.class,
                        () -> of("bfl").build().generate(PROMPT)))
                .hasMessage("job must be known to bfl but is not: Task not found");

        bfl("{\"status\": \"Ready\", \"result\": {}}");
        assertThat(catchThrowableOfType(
                        UnexpectedResponseException.class,
                        () -> of("bfl").build().generate(PROMPT)))
                .hasMessage("job must name at least one picture but names none");
        assertThat(of("bfl").build().openJobs()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "400, UnsupportedRequestException, REJECTED",
        "402, AuthenticationException, REJECTED",
        "403, AuthenticationException, REJECTED",
        "422, UnsupportedRequestException, REJECTED",
        "429, RateLimitedException, REJECTED",
        "500, ProviderUnavailableException, UNKNOWN",
        "503, ProviderUnavailableException, REJECTED"
    })
    void aSubmitThatFailsSaysHow(int status, String type, Outcome outcome) {
        for (String profile : List.of("bfl", "fal", "replicate")) {
            server().resetAll();
            answer(json(status, "{\"detail\": \"the server's words\"}"));

            ImageGenerationException error = discreet(catchThrowableOfType(
                    ImageGenerationException.class, () -> of(profile).build().generate(PROMPT)));

            assertThat(error.getClass().getSimpleName()).isEqualTo(type);
            assertThat(error.outcome()).isEqualTo(outcome);
            assertThat(error).hasMessageContaining("the server's words");
        }
    }

    @Test
    void aMaskIsRefusedWhereTheModelHasNone() {
        assertThat(catchThrowableOfType(
                        UnsupportedRequestException.class,
                        () -> of("bfl")
                                .build()
                                .generate(ImageRequest.builder()
                                        .prompt(PROMPT)
                                        .input(ImageInput.of(PICTURE))
                                        .mask(ImageInput.of(TestPictures.mask(6, 5)))
                                        .build())))
                .hasMessageContaining("INPAINTING");
        assertThat(server().getAllServeEvents()).isEmpty();
    }

    @Test
    void sendsEveryFieldToFal() {
        fal("{\"images\": [{\"url\": \"" + base() + "/made.png\", \"content_type\": \"image/png\", \"width\": 6,"
                + " \"height\": 5}, {\"url\": \"data:image/png;base64," + B64 + "\"}], \"seed\": 99,"
                + " \"has_nsfw_concepts\": [false, false]}");

        ImageResult result = of("fal")
                .model("fal-ai/flux/dev")
                .option("acceleration", "none")
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .count(2)
                        .size(1024, 768)
                        .seed(7)
                        .steps(20)
                        .guidanceScale(3.5)
                        .outputFormat("png")
                        .option("fal.extra.enable_safety_checker", "false")
                        .build());

        assertThat(sent().getUrl()).isEqualTo("/fal-ai/flux/dev");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Key " + KEY);
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"prompt": "a red fox in the snow", "num_images": 2, "image_size": {"width": 1024, "height": 768},
                 "seed": 7, "num_inference_steps": 20, "guidance_scale": 3.5, "output_format": "png",
                 "enable_safety_checker": false, "acceleration": "none"}"""));
        assertThat(result.images()).hasSize(2);
        assertThat(result.image().seed()).hasValue(99);
        assertThat(result.images().get(1).bytes()).isEqualTo(PICTURE);
        assertThat(result.cost().orElseThrow().amount()).isEqualByComparingTo("0.05");
        assertThat(result.cost().orElseThrow().source()).isEqualTo("fal's price list of " + ModelTable.DATE);
    }

    @Test
    void aFalModelThatTheTableDoesNotKnowTakesInputAndMask() {
        fal("{\"image\": {\"url\": \"" + base() + "/made.png\"}}");

        of("fal")
                .model("fal-ai/other")
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .negativePrompt("dogs")
                        .strength(0.6)
                        .input(ImageInput.of(PICTURE))
                        .mask(ImageInput.of(TestPictures.mask(6, 5)))
                        .build());

        assertThat(sentJson().path("image_url").asText()).isEqualTo("data:image/png;base64," + B64);
        assertThat(sentJson().path("mask_url").asText()).startsWith("data:image/png;base64,");
        assertThat(sentJson().path("negative_prompt").asText()).isEqualTo("dogs");
        assertThat(sentJson().path("strength").asDouble()).isEqualTo(0.6);
    }

    @Test
    void aFalPictureThatIsHeldBackIsNamedByItsIndex() {
        fal("{\"images\": [{\"url\": \"" + base() + "/black.png\"}, {\"url\": \"" + base()
                + "/made.png\"}], \"has_nsfw_concepts\": [true, false]}");

        ImageResult result = of("fal")
                .build()
                .generate(ImageRequest.builder().prompt(PROMPT).count(2).build());

        assertThat(result.images()).hasSize(1);
        assertThat(result.failures()).hasSize(1);
        assertThat(result.failures().get(0).index()).isZero();
        assertThat(result.failures().get(0).error()).isInstanceOf(ContentRejectedException.class);
    }

    @Test
    void falRefusesInItsResult() {
        fal("{\"detail\": [{\"loc\": [\"body\", \"prompt\"], \"msg\": \"flagged\", \"type\":"
                + " \"content_policy_violation\"}]}");

        assertThat(catchThrowableOfType(
                        ContentRejectedException.class, () -> of("fal").build().generate(PROMPT)))
                .hasMessage("prompt and picture must pass fal's content policy but were refused"
                        + " (content_policy_violation)");
    }

    @Test
    void falFailsWithItsWords() {
        fal("{}");
        server().stubFor(get(urlPathEqualTo("/fal-ai/flux/requests/j1/status"))
                .willReturn(json(200, "{\"status\": \"COMPLETED\", \"error\": \"runner died\"}")));

        assertThat(catchThrowableOfType(
                        ProviderUnavailableException.class,
                        () -> of("fal").build().generate(PROMPT)))
                .hasMessage("job must give pictures but fal says that it failed: runner died");
    }

    @Test
    void sendsEveryFieldToReplicate() {
        replicate("{\"id\": \"j1\", \"status\": \"succeeded\", \"output\": [\"" + base() + "/made.png\"]}");

        ImageResult result = of("replicate")
                .model("black-forest-labs/flux-schnell")
                .option("go_fast", true)
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .size(1920, 1080)
                        .seed(7)
                        .steps(4)
                        .outputFormat("png")
                        .option("replicate.extra.megapixels", "1")
                        .build());

        assertThat(sent().getUrl()).isEqualTo("/models/black-forest-labs/flux-schnell/predictions");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"input": {"prompt": "a red fox in the snow", "aspect_ratio": "16:9", "seed": 7,
                 "num_inference_steps": 4, "output_format": "png", "megapixels": 1, "go_fast": true}}"""));
        assertThat(result.warnings())
                .containsExactly(
                        GenerationWarning.adapted("size", "size must be a shape but was 1920x1080; 16:9 was taken"));
        assertThat(result.image().seed()).hasValue(7);
    }

    @Test
    void aVersionGoesIntoTheBody() {
        replicate("{\"status\": \"succeeded\", \"output\": \"" + base() + "/made.png\"}");

        of("replicate").model("someone/model:abc123").build().generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo("/predictions");
        assertThat(sentJson().path("version").asText()).isEqualTo("abc123");
    }

    @Test
    void replicateFailsRefusesAndForgets() {
        replicate("{\"status\": \"failed\", \"error\": \"NSFW content detected\"}");
        assertThat(catchThrowableOfType(
                        ContentRejectedException.class,
                        () -> of("replicate").build().generate(PROMPT)))
                .hasMessageContaining("(NSFW)");

        replicate("{\"status\": \"failed\", \"error\": \"CUDA out of memory\"}");
        assertThat(catchThrowableOfType(
                        ProviderUnavailableException.class,
                        () -> of("replicate").build().generate(PROMPT)))
                .hasMessage("job must give pictures but replicate says that it failed: CUDA out of memory");

        replicate("{\"status\": \"canceled\"}");
        assertThat(catchThrowableOfType(
                        ProviderUnavailableException.class,
                        () -> of("replicate").build().generate(PROMPT)))
                .hasMessage("job must give pictures but replicate says that it failed: it was cancelled");

        replicate("{}");
        server().stubFor(get(urlPathEqualTo("/predictions/j1"))
                .willReturn(json(404, "{\"detail\": \"Prediction not found\", \"status\": 404}")));
        assertThat(catchThrowableOfType(
                        UnexpectedResponseException.class,
                        () -> of("replicate").build().generate(PROMPT)))
                .hasMessageContaining("job must be known to replicate but is not");

        replicate("{\"status\": \"succeeded\", \"output\": null}");
        assertThat(catchThrowableOfType(
                        UnexpectedResponseException.class,
                        () -> of("replicate").build().generate(PROMPT)))
                .hasMessage("job must name at least one picture but names none");
    }

    @Test
    void aKeyIsNeeded() {
        assertThat(catchThrowableOfType(
                        AuthenticationException.class,
                        () -> of("bfl").apiKey("").build().generate(PROMPT)))
                .hasMessage("api-key must be set for profile bfl but was not");
    }

    @Test
    void bflsRegionsAreTrustedWithTheKeyAndOthersAreNot() {
        BflProfile bfl = new BflProfile();
        ServerSettings settings = new ServerSettings(
                HttpUrl.get("https://api.bfl.ai"),
                () -> KEY,
                Optional.empty(),
                "flux-2-pro",
                "bfl",
                ModelTable.profileOf("bfl", "flux-2-pro", true, Map.of()),
                "",
                "",
                "",
                "",
                Map.of(),
                Map.of(),
                Map.of());

        assertThat(bfl.trusts(HttpUrl.get("https://api.eu4.bfl.ai/v1/get_result?id=1"), settings))
                .isTrue();
        assertThat(bfl.trusts(HttpUrl.get("http://api.eu4.bfl.ai/v1/get_result?id=1"), settings))
                .isFalse();
        assertThat(bfl.trusts(HttpUrl.get("https://api.bfl.ai.example.com/v1/get_result"), settings))
                .isFalse();
        assertThat(bfl.trusts(HttpUrl.get("https://evilbfl.ai/v1/get_result"), settings))
                .isFalse();
    }
}
