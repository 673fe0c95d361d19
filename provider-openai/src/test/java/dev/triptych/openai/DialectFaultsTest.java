package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.triptych.AuthenticationException;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault with each dialect: the same error, with the same word on the bill, and never a second POST. */
@Timeout(60)
class DialectFaultsTest extends AgainstWireMock {

    @TempDir
    private static Path directory;

    private record Case(
            String name,
            ResponseDefinitionBuilder answer,
            Class<? extends ImageGenerationException> type,
            Outcome outcome,
            boolean retryable) {}

    private static List<Case> cases() {
        return List.of(
                new Case(
                        "cut",
                        aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
                        ProviderUnavailableException.class,
                        Outcome.UNKNOWN,
                        false),
                new Case(
                        "empty",
                        aResponse().withFault(Fault.EMPTY_RESPONSE),
                        ProviderUnavailableException.class,
                        Outcome.UNKNOWN,
                        false),
                new Case(
                        "429",
                        json(429, "{\"error\":{\"message\":\"later\"}}"),
                        RateLimitedException.class,
                        Outcome.REJECTED,
                        true),
                new Case(
                        "401",
                        json(401, "{\"error\":{\"message\":\"who are you\"}}"),
                        AuthenticationException.class,
                        Outcome.REJECTED,
                        false),
                new Case(
                        "500",
                        json(500, "{\"error\":{\"message\":\"oh\"}}"),
                        ProviderUnavailableException.class,
                        Outcome.UNKNOWN,
                        false),
                new Case(
                        "503 of a gateway",
                        aResponse().withStatus(503).withBody("no healthy upstream"),
                        ProviderUnavailableException.class,
                        Outcome.UNKNOWN,
                        false),
                new Case(
                        "503 of the server",
                        json(503, "{\"error\":{\"message\":\"full\"}}"),
                        ProviderUnavailableException.class,
                        Outcome.REJECTED,
                        true),
                new Case(
                        "a page",
                        aResponse().withHeader("Content-Type", "text/html").withBody("<html>Sign in</html>"),
                        UnexpectedResponseException.class,
                        Outcome.UNKNOWN,
                        false),
                new Case(
                        "wrong JSON",
                        json(200, "{\"what\": [1, 2"),
                        UnexpectedResponseException.class,
                        Outcome.COMPLETED,
                        false),
                new Case(
                        "hang",
                        json(200, "{}").withFixedDelay(20_000),
                        ProviderUnavailableException.class,
                        Outcome.UNKNOWN,
                        false));
    }

    static Stream<Arguments> everyFaultOfEveryDialect() {
        return ServerProfiles.ids().stream()
                .flatMap(profile -> cases().stream().map(each -> Arguments.of(profile, each.name(), each)));
    }

    /** An answer that names no job is not one that holds no picture: whether there is a job is not known. */
    private static Outcome outcome(String profile, Case fault) {
        boolean takesJobs = ServerProfiles.of(profile).orElseThrow().jobs().isPresent();
        return takesJobs && fault.outcome() == Outcome.COMPLETED ? Outcome.UNKNOWN : fault.outcome();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("everyFaultOfEveryDialect")
    void isToldAlike(String profile, String name, Case fault) {
        answer(fault.answer());

        ImageGenerationException error = discreet(catchThrowableOfType(
                ImageGenerationException.class,
                () -> OpenAiImageGenerator.builder()
                        .profile(profile)
                        .baseUrl(base() + "/v1")
                        .apiKey(KEY)
                        .model("some/model")
                        .jobs(directory)
                        .timeout(name.equals("hang") ? Duration.ofSeconds(1) : Duration.ofSeconds(30))
                        .build()
                        .generate(PROMPT)));

        assertThat(error).isExactlyInstanceOf(fault.type());
        assertThat(error.outcome()).isEqualTo(outcome(profile, fault));
        assertThat(error.isRetryable()).isEqualTo(fault.retryable());
        assertThat(error.providerId()).isEqualTo(profile);
        sent();
    }
}
