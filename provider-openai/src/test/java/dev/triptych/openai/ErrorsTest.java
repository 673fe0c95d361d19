package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ImageFailure;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each status and error body, as one of our errors with what became of the call. */
class ErrorsTest extends AgainstWireMock {

    private static final String NO_CREDIT = "account must have credit left but openai says it has none ";
    private static final String REFUSED = "request must be one that openai accepts but was refused ";

    static Stream<Arguments> answers() {
        return Stream.of(
                Arguments.of(
                        400,
                        "error-moderation-blocked",
                        ContentRejectedException.class,
                        Outcome.REJECTED,
                        false,
                        "prompt and inputs must pass openai's content policy but were refused (status 400, type"
                                + " image_generation_user_error, code moderation_blocked): Your request was rejected"
                                + " by the safety system. If you believe this is an error, contact us at"
                                + " help.openai.com and include the request ID req_1. safety_violations=[violence]."),
                Arguments.of(
                        400,
                        "error-content-policy",
                        ContentRejectedException.class,
                        Outcome.REJECTED,
                        false,
                        "prompt and inputs must pass openai's content policy but were refused (status 400, type"
                                + " invalid_request_error, code content_policy_violation): Your request was rejected"
                                + " as a result of our safety system. Your prompt may contain text that is not allowed"
                                + " by our safety system."),
                Arguments.of(
                        400,
                        "error-unknown-parameter",
                        UnsupportedRequestException.class,
                        Outcome.REJECTED,
                        false,
                        REFUSED + "(status 400, type invalid_request_error, code unknown_parameter, param style):"
                                + " Unknown parameter: 'style'."),
                Arguments.of(
                        400,
                        "error-unsupported-mimetype",
                        UnsupportedRequestException.class,
                        Outcome.REJECTED,
                        false,
                        REFUSED + "(status 400, type invalid_request_error, code unsupported_file_mimetype, param"
                                + " image[0]): Invalid file 'image[0]': unsupported mimetype"
                                + " ('application/octet-stream'). Supported file formats are 'image/jpeg',"
                                + " 'image/png', and 'image/webp'."),
                Arguments.of(
                        400,
                        "error-invalid-image",
                        UnsupportedRequestException.class,
                        Outcome.REJECTED,
                        false,
                        REFUSED + "(status 400, type image_generation_user_error, code invalid_image_file, param"
                                + " image): Invalid image file or mode for image 1, please check your image file."),
                Arguments.of(
                        400,
                        "error-billing-limit",
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false,
                        NO_CREDIT + "(status 400, type image_generation_user_error, code billing_hard_limit_reached):"
                                + " Billing hard limit has been reached"),
                Arguments.of(
                        401,
                        "error-invalid-key",
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false,
                        "api-key must be valid and allowed to make pictures but was refused (status 401, type"
                                + " invalid_request_error, code invalid_api_key): Incorrect API key provided: [key]"
                                + " You can find your API key at https://platform.openai.com/account/api-keys."),
                Arguments.of(
                        403,
                        "error-not-verified",
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false,
                        "api-key must be valid and allowed to make pictures but was refused (status 403, type"
                                + " invalid_request_error): Your organization must be verified to use the model"
                                + " `gpt-image-2.6-flare`."),
                Arguments.of(
                        404,
                        "error-model-not-found",
                        UnsupportedRequestException.class,
                        Outcome.REJECTED,
                        false,
                        REFUSED + "(status 404, type invalid_request_error, code model_not_found, param model): The"
                                + " model 'dall-e-3' does not exist or you do not have access to it."),
                Arguments.of(
                        429,
                        "error-rate-limit",
                        RateLimitedException.class,
                        Outcome.REJECTED,
                        true,
                        "calls must keep to openai's rate limit but were too many (status 429, type requests, code"
                                + " rate_limit_exceeded): Rate limit reached for gpt-image-2.6-flare in organization"
                                + " org-1 on input-images per min. Limit: 5."),
                Arguments.of(
                        429,
                        "error-slow-down",
                        RateLimitedException.class,
                        Outcome.REJECTED,
                        true,
                        "calls must keep to openai's rate limit but were too many (status 429, type rate_limit_error,"
                                + " code slow_down): Please slow down."),
                Arguments.of(
                        429,
                        "error-credit-balance-exhausted",
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false,
                        NO_CREDIT + "(status 429, type insufficient_quota, code credit_balance_exhausted): Your credit"
                                + " balance is exhausted."),
                Arguments.of(
                        429,
                        "error-organization-usage-limit-exceeded",
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false,
                        NO_CREDIT + "(status 429, type insufficient_quota, code organization_usage_limit_exceeded):"
                                + " Your organization has reached its usage limit."),
                Arguments.of(
                        429,
                        "error-organization-spend-limit-exceeded",
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false,
                        NO_CREDIT + "(status 429, type insufficient_quota, code organization_spend_limit_exceeded):"
                                + " Your organization has reached its spend limit."),
                Arguments.of(
                        429,
                        "error-project-spend-limit-exceeded",
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false,
                        NO_CREDIT + "(status 429, type insufficient_quota, code project_spend_limit_exceeded): Your"
                                + " project has reached its spend limit."),
                Arguments.of(
                        503,
                        "error-overloaded",
                        ProviderUnavailableException.class,
                        Outcome.REJECTED,
                        true,
                        "openai must be able to serve but is not for now (status 503, type service_unavailable_error,"
                                + " code server_is_overloaded): The server is currently overloaded."),
                Arguments.of(
                        500,
                        "error-server-error",
                        ProviderUnavailableException.class,
                        Outcome.UNKNOWN,
                        false,
                        "openai must answer with pictures but failed (status 500, type server_error): The server had"
                                + " an error while processing your request. Sorry about that!"),
                Arguments.of(
                        200,
                        "error-moderation-blocked",
                        ContentRejectedException.class,
                        Outcome.REJECTED,
                        false,
                        "prompt and inputs must pass openai's content policy but were refused (status 200, type"
                                + " image_generation_user_error, code moderation_blocked): Your request was rejected"
                                + " by the safety system. If you believe this is an error, contact us at"
                                + " help.openai.com and include the request ID req_1. safety_violations=[violence]."),
                Arguments.of(
                        200,
                        "error-rate-limit",
                        RateLimitedException.class,
                        Outcome.REJECTED,
                        true,
                        "calls must keep to openai's rate limit but were too many (status 200, type requests, code"
                                + " rate_limit_exceeded): Rate limit reached for gpt-image-2.6-flare in organization"
                                + " org-1 on input-images per min. Limit: 5."),
                Arguments.of(
                        200,
                        "error-server-error",
                        UnexpectedResponseException.class,
                        Outcome.UNKNOWN,
                        false,
                        "answer must hold pictures but held an error (status 200, type server_error): The server had"
                                + " an error while processing your request. Sorry about that!"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("answers")
    void becomesTheRightError(
            int status,
            String fixture,
            Class<? extends ImageGenerationException> type,
            Outcome outcome,
            boolean retryable,
            String message) {
        answer(json(status, Fixtures.text("openai/" + fixture + ".json")));

        ImageGenerationException error = failure();

        assertThat(error).isExactlyInstanceOf(type).hasMessage(message);
        assertThat(error.outcome()).isEqualTo(outcome);
        assertThat(error.isRetryable()).isEqualTo(retryable);
        assertThat(error.httpStatus()).hasValue(status);
        assertThat(error.requestId()).contains("req_17");
        assertThat(error.providerId()).isEqualTo("openai");
        assertThat(server().getAllServeEvents()).as("nothing is retried here").hasSize(1);
    }

    static Stream<Arguments> bareStatuses() {
        return Stream.of(
                Arguments.of(402, AuthenticationException.class, Outcome.REJECTED),
                Arguments.of(405, UnsupportedRequestException.class, Outcome.REJECTED),
                Arguments.of(408, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(409, ProviderUnavailableException.class, Outcome.REJECTED),
                Arguments.of(413, UnsupportedRequestException.class, Outcome.REJECTED),
                Arguments.of(422, UnsupportedRequestException.class, Outcome.REJECTED),
                Arguments.of(425, ProviderUnavailableException.class, Outcome.REJECTED),
                Arguments.of(429, RateLimitedException.class, Outcome.REJECTED),
                Arguments.of(502, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(503, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(504, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(529, ProviderUnavailableException.class, Outcome.UNKNOWN),
                Arguments.of(202, UnexpectedResponseException.class, Outcome.UNKNOWN),
                Arguments.of(204, UnexpectedResponseException.class, Outcome.UNKNOWN));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bareStatuses")
    void readsAStatusWithoutAWord(int status, Class<? extends ImageGenerationException> type, Outcome outcome) {
        answer(aResponse().withStatus(status));

        ImageGenerationException error = failure();

        assertThat(error).isExactlyInstanceOf(type);
        assertThat(error.outcome()).isEqualTo(outcome);
        assertThat(error.httpStatus()).hasValue(status);
        assertThat(server().getAllServeEvents()).hasSize(1);
    }

    @Test
    void namesThePageOfAGatewayWithoutQuotingIt() {
        answer(aResponse()
                .withStatus(502)
                .withHeader("Content-Type", "text/html; charset=utf-8")
                .withBody("<html><h1>502 Bad Gateway</h1>" + PROMPT + "</html>"));

        assertThat(failure())
                .hasMessage("openai must answer with pictures but failed (status 502): the body was text/html");
    }

    @Test
    void saysThatThereIsNoSuchEndpoint() {
        answer(aResponse().withStatus(404));

        assertThat(failure()).hasMessage(REFUSED + "(status 404): there is no such endpoint below base-url");
    }

    @Test
    void keepsTheServersWordsInWhateverFormTheyCome() {
        for (String body : List.of(
                "model flux is not found",
                "\"model flux is not found\"",
                "{\"error\":\"model flux is not found\"}",
                "{\"error\":[{\"message\":\"model flux is not found\"}]}",
                "[{\"error\":{\"message\":\"model flux is not found\"}}]",
                "{\"msg\":\"model flux is not found\"}",
                "{\"detail\":\"model flux is not found\"}",
                "{\"detail\":{\"error\":\"model flux is not found\"}}",
                "{\"errors\":[{\"msg\":\"model flux is not found\"}]}",
                "{\"title\":\"model flux is not found\",\"status\":404}",
                "{\"error\":{\"message\":\"model flux is not found\",\"input\":\"" + "A".repeat(200_000) + "\"}}",
                "{\"error\":{\"input\":\"" + "A".repeat(200_000) + "\",\"message\":\"model flux is not found\"}}",
                "{\"error\":{\"message\":\"model flux is not found\",\"input\":\"" + "A".repeat(3_000_000))) {
            answer(aResponse().withStatus(404).withBody(body));

            assertThat(failure())
                    .as(body.substring(0, Math.min(80, body.length())))
                    .hasMessage(REFUSED + "(status 404): model flux is not found");
        }
    }

    @Test
    void keepsTheWholeOfAnErrorWhoseFormIsNotKnown() {
        answer(json(400, "{\"fault\":{\"faultstring\":\"quota of the gateway\"}}"));

        assertThat(failure())
                .hasMessage(REFUSED + "(status 400): {\"fault\":{\"faultstring\":\"quota of the gateway\"}}");
    }

    @Test
    void doesNotRepeatWhatTheServerAsksNotToBeRepeated() {
        for (ResponseDefinitionBuilder answer : List.of(
                json(429, Fixtures.text("openai/error-rate-limit.json")),
                json(503, Fixtures.text("openai/error-overloaded.json")),
                json(409, "{}"))) {
            answer(answer.withHeader("x-should-retry", "false"));

            ImageGenerationException error = failure();

            assertThat(error.outcome()).isEqualTo(Outcome.REJECTED);
            assertThat(error.isRetryable()).isFalse();
        }
    }

    @Test
    void takesAGatewaysPageForAServerThatMayBeAtWork() {
        answer(aResponse()
                .withStatus(503)
                .withHeader("Content-Type", "text/html")
                .withBody("<html>no healthy upstream</html>"));

        ImageGenerationException error = failure();

        assertThat(error)
                .hasMessage("openai must answer with pictures but failed (status 503): the body was text/html");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(error.isRetryable()).isFalse();
    }

    @Test
    void carriesTheWaitThatTheServerAsksFor() {
        answer(json(429, Fixtures.text("openai/error-rate-limit.json")).withHeader("Retry-After", "12"));

        assertThat(failure().retryAfter()).contains(Duration.ofSeconds(12));
    }

    @Test
    void readsTheWaitFromTheLimitThatIsUsedUp() {
        answer(json(429, Fixtures.text("openai/error-rate-limit.json"))
                .withHeader("x-ratelimit-remaining-requests", "0")
                .withHeader("x-ratelimit-reset-requests", "1m30s")
                .withHeader("x-ratelimit-remaining-tokens", "900")
                .withHeader("x-ratelimit-reset-tokens", "6m0s"));

        assertThat(failure().retryAfter()).contains(Duration.ofSeconds(90));
    }

    @Test
    void doesNotRetryAServiceThatSaysRetryAtOnce() {
        answer(aResponse().withStatus(503).withHeader("Retry-After", "0"));

        assertThat(failure().retryAfter()).contains(Duration.ZERO);
        assertThat(server().getAllServeEvents()).hasSize(1);
    }

    @Test
    void takesPromptAndKeyOutOfTheServersWords() {
        answer(json(
                400,
                "{\"error\":{\"message\":\"Cannot paint 'A RED FOX in the snow' for key " + KEY
                        + " (fox in the snow)\",\"type\":\"invalid_request_error\"}}"));

        assertThat(failure())
                .hasMessage(REFUSED
                        + "(status 400, type invalid_request_error): Cannot paint '[prompt]' for key [key] ([prompt])");
    }

    @Test
    void needsAKeyBeforeAnythingIsSent() {
        ImageGenerationException error = catchThrowableOfType(
                ImageGenerationException.class,
                () -> openai().apiKey(" ").build().generate(PROMPT));

        assertThat(error)
                .isInstanceOf(AuthenticationException.class)
                .hasMessage("api-key must be set for profile openai but was not");
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(server().getAllServeEvents()).isEmpty();
    }

    @Test
    void refusesAKeyThatCannotStandInAHeaderWithoutShowingIt() {
        assertThatThrownBy(() -> openai().apiKey("sk-with\u00e4umlaut").build().generate(PROMPT))
                .isInstanceOf(AuthenticationException.class)
                .hasMessage("api-key must be of printable ASCII characters but holds another one");
    }

    @Test
    void givesThreePicturesAndAReasonWhereOneOfFourIsRefused() {
        answer("azure/one-of-four-refused.json");

        ImageResult result = openai().build()
                .generate(ImageRequest.builder().prompt(PROMPT).count(4).build());

        assertThat(result.images()).hasSize(3);
        assertThat(result.failures()).extracting(ImageFailure::index).containsExactly(2);
        assertThat(result.failures().get(0).error())
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage("prompt and inputs must pass openai's content policy but were refused (status 200, code"
                        + " contentFilter): Generated image was filtered as a result of our safety system.");
    }

    @Test
    void throwsTheRefusalWhereEveryPictureIsRefused() {
        answer(json(200, "{\"data\":[{\"error\":{\"code\":\"contentFilter\",\"message\":\"filtered\"}}]}"));

        assertThat(failure()).isInstanceOf(ContentRejectedException.class);
    }

    private static ImageGenerationException failure() {
        return discreet(catchThrowableOfType(
                ImageGenerationException.class, () -> openai().build().generate(PROMPT)));
    }
}
