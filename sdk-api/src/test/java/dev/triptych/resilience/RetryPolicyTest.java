package dev.triptych.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.AuthenticationException;
import dev.triptych.BudgetExceededException;
import dev.triptych.Capabilities;
import dev.triptych.ContentRejectedException;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {

    /** The whole rule: what became of the call × who pays × what the caller accepts. */
    @ParameterizedTest(name = "{0}, {1}, reconcilable {2}, unknown {3}: repeated {4}")
    @CsvSource({
        "NOT_SENT,  FREE,   false, NEVER,     true",
        "NOT_SENT,  FREE,   false, WHEN_SAFE, true",
        "NOT_SENT,  FREE,   false, ALWAYS,    true",
        "NOT_SENT,  BILLED, false, NEVER,     true",
        "NOT_SENT,  BILLED, false, WHEN_SAFE, true",
        "NOT_SENT,  BILLED, false, ALWAYS,    true",
        "NOT_SENT,  BILLED, true,  NEVER,     true",
        "NOT_SENT,  BILLED, true,  WHEN_SAFE, true",
        "NOT_SENT,  BILLED, true,  ALWAYS,    true",
        "REJECTED,  FREE,   false, NEVER,     true",
        "REJECTED,  FREE,   false, WHEN_SAFE, true",
        "REJECTED,  FREE,   false, ALWAYS,    true",
        "REJECTED,  BILLED, false, NEVER,     true",
        "REJECTED,  BILLED, false, WHEN_SAFE, true",
        "REJECTED,  BILLED, false, ALWAYS,    true",
        "REJECTED,  BILLED, true,  NEVER,     true",
        "REJECTED,  BILLED, true,  WHEN_SAFE, true",
        "REJECTED,  BILLED, true,  ALWAYS,    true",
        "UNKNOWN,   FREE,   false, NEVER,     false",
        "UNKNOWN,   FREE,   false, WHEN_SAFE, true",
        "UNKNOWN,   FREE,   false, ALWAYS,    true",
        "UNKNOWN,   BILLED, false, NEVER,     false",
        "UNKNOWN,   BILLED, false, WHEN_SAFE, false",
        "UNKNOWN,   BILLED, false, ALWAYS,    true",
        "UNKNOWN,   BILLED, true,  NEVER,     false",
        "UNKNOWN,   BILLED, true,  WHEN_SAFE, true",
        "UNKNOWN,   BILLED, true,  ALWAYS,    true",
        "COMPLETED, FREE,   false, NEVER,     false",
        "COMPLETED, FREE,   false, WHEN_SAFE, false",
        "COMPLETED, FREE,   false, ALWAYS,    false",
        "COMPLETED, BILLED, false, NEVER,     false",
        "COMPLETED, BILLED, false, WHEN_SAFE, false",
        "COMPLETED, BILLED, false, ALWAYS,    false",
        "COMPLETED, BILLED, true,  NEVER,     false",
        "COMPLETED, BILLED, true,  WHEN_SAFE, false",
        "COMPLETED, BILLED, true,  ALWAYS,    false",
    })
    void repeatsAnUnavailableProviderByTheMoneyAtStake(
            Outcome outcome, CostClass cost, boolean reconcilable, UnknownOutcome policy, boolean repeated) {
        Capabilities capabilities = Capabilities.builder()
                .costClass(cost)
                .reconcilable(reconcilable)
                .build();
        RetryPolicy retry = policy(RetrySettings.standard().withUnknownOutcome(policy), 0.5);

        assertThat(retry.mayRepeat(Failures.unavailable(outcome), capabilities)).isEqualTo(repeated);
    }

    @Test
    void repeatsNothingThatTheProviderAsksNotToBeRepeated() {
        RetryPolicy policy = new RetryPolicy(RetrySettings.standard(), () -> 0.5);
        Capabilities free = Capabilities.builder().costClass(CostClass.FREE).build();
        for (Outcome outcome : List.of(Outcome.NOT_SENT, Outcome.REJECTED, Outcome.UNKNOWN)) {
            ErrorOrigin origin = Failures.origin(outcome).withRetryForbidden();

            assertThat(policy.mayRepeat(new ProviderUnavailableException("busy", origin), free))
                    .isFalse();
            assertThat(policy.mayRepeat(new RateLimitedException("busy", origin), free))
                    .isFalse();
        }
    }

    @Test
    void repeatsTheDownloadOfPicturesThatWereMade() {
        RetryPolicy retry = policy(RetrySettings.standard().withUnknownOutcome(UnknownOutcome.NEVER), 0.5);
        ImageGenerationException notFetched = Failures.notFetched(context -> {
            throw new AssertionError("only asked");
        });

        assertThat(retry.mayRepeat(notFetched, Capabilities.builder().build())).isTrue();
    }

    @Test
    void neverRepeatsWhatAnotherAttemptCannotMend() {
        RetryPolicy retry = policy(RetrySettings.standard().withUnknownOutcome(UnknownOutcome.ALWAYS), 0.5);
        Capabilities free = Capabilities.builder().costClass(CostClass.FREE).build();

        for (Outcome outcome : Outcome.values()) {
            List<ImageGenerationException> errors = List.of(
                    new AuthenticationException("no", Failures.origin(outcome)),
                    new BudgetExceededException("no", Failures.origin(outcome)),
                    new ContentRejectedException("no", Failures.origin(outcome)),
                    new GenerationCancelledException("no", Failures.origin(outcome)),
                    new ModelLoadException("no", new java.io.IOException()),
                    new UnsupportedRequestException("no", "faulty"));
            assertThat(errors).noneMatch(error -> retry.mayRepeat(error, free));
        }
        ImageGenerationException unreadable = new UnexpectedResponseException("no", Failures.origin(Outcome.REJECTED));
        assertThat(retry.mayRepeat(unreadable, free)).isFalse();
    }

    @Test
    void waitsARandomTimeUpToALimitThatDoubles() {
        RetrySettings settings = RetrySettings.standard();

        assertThat(delays(policy(settings, 0))).containsOnly(Duration.ZERO);
        assertThat(delays(policy(settings, 0.5)))
                .containsExactly(
                        Duration.ofMillis(250),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(8),
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(15));
    }

    @Test
    void doesAsTheProviderSaysUpToACap() {
        RetryPolicy retry = policy(RetrySettings.standard(), 0.5);

        assertThat(retry.delayBefore(1, Failures.tooMany(Duration.ofSeconds(7))))
                .contains(Duration.ofSeconds(7));
        assertThat(retry.delayBefore(1, Failures.tooMany(Duration.ofSeconds(60))))
                .contains(Duration.ofSeconds(60));
        assertThat(retry.delayBefore(1, Failures.tooMany(Duration.ofSeconds(61))))
                .isEmpty();
    }

    private static List<Duration> delays(RetryPolicy retry) {
        return IntStream.rangeClosed(1, 8)
                .mapToObj(number -> retry.delayBefore(number, Failures.unavailable(Outcome.NOT_SENT)))
                .map(Optional::orElseThrow)
                .toList();
    }

    private static RetryPolicy policy(RetrySettings settings, double random) {
        return new RetryPolicy(settings, () -> random);
    }
}
