package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {

    private static final Clock NOON = Clock.fixed(Instant.parse("2026-11-22T12:00:00Z"), ZoneOffset.UTC);

    private static Optional<Duration> wait(Map<String, String> headers) {
        return RetryAfter.of(new ApiAnswer("openai", 429, headers, InputStream.nullInputStream()), NOON);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "retry-after-ms | 1500 | 1500",
                "Retry-After | 7 | 7000",
                "retry-after | 0.25 | 250",
                "retry-after | 0 | 0",
                "retry-after | Sun, 22 Nov 2026 12:00:30 GMT | 30000",
                "retry-after | Sun, 22 Nov 2026 11:00:00 GMT | 0"
            })
    void readsTheWait(String header, String value, long millis) {
        assertThat(wait(Map.of(header, value))).contains(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"soon", "-3", "NaN", "1e300", "99999999"})
    void readsNoWaitFromNonsense(String value) {
        assertThat(wait(Map.of("retry-after", value))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1s, 1000", "6m0s, 360000", "1h2m3s, 3723000", "20ms, 20", "1.5s, 1500", "12, 12000"})
    void readsTheResetOfAUsedUpLimitAsGoWritesIt(String reset, long millis) {
        assertThat(wait(Map.of("x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", reset)))
                .contains(Duration.ofMillis(millis));
    }

    @Test
    void takesTheLongestOfSeveralUsedUpLimits() {
        assertThat(wait(Map.of(
                        "x-ratelimit-remaining-requests", "0",
                        "x-ratelimit-reset-requests", "3s",
                        "x-ratelimit-remaining-tokens", "0",
                        "x-ratelimit-reset-tokens", "5s")))
                .contains(Duration.ofSeconds(5));
    }

    @Test
    void prefersWhatTheServerAsksForInSoManyWords() {
        assertThat(wait(Map.of(
                        "retry-after", "2",
                        "x-ratelimit-remaining-requests", "0",
                        "x-ratelimit-reset-requests", "60s")))
                .contains(Duration.ofSeconds(2));
    }

    @Test
    void readsNothingFromALimitThatIsNotUsedUp() {
        assertThat(wait(Map.of("x-ratelimit-remaining-requests", "3", "x-ratelimit-reset-requests", "60s")))
                .isEmpty();
    }
}
