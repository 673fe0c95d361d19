package dev.triptych.resilience;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.triptych.cache.CacheSettings;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetSettings;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Settings that a program makes have the bounds of those in a file. */
class SettingsTest {

    private static void refused(String message, ThrowingCallable made) {
        assertThatIllegalArgumentException().isThrownBy(made).withMessage(message);
    }

    @Test
    void haveBothEnds() {
        refused(
                "retry.max-attempts must be between 1 and 100 but was 101",
                () -> RetrySettings.standard().withMaxAttempts(101));
        refused(
                "rate-limit.permits must be between 1 and 1000000 but was 1000001",
                () -> RateLimitSettings.perMinute(1_000_001));
        refused(
                "rate-limit.period must be more than PT0S and at most PT744H but was PT768H",
                () -> new RateLimitSettings(1, Duration.ofDays(32), Duration.ZERO));
        refused(
                "rate-limit.max-wait must be between PT0S and PT744H but was PT-1S",
                () -> new RateLimitSettings(1, Duration.ofDays(1), Duration.ofSeconds(-1)));
        refused(
                "bulkhead.max-waiting must be between 0 and 1000000 but was 2147483647",
                () -> new BulkheadSettings(1, Integer.MAX_VALUE, Duration.ZERO));
        refused(
                "circuit-breaker.window must be between 1 and 100000 but was 100001",
                () -> new CircuitBreakerSettings(50, 100_001, 1, Duration.ofSeconds(1), 1));
        refused(
                "parallel-calls must be between 1 and 100 but was 101",
                () -> GuardSettings.none().withParallelCalls(101));
        refused(
                "timeout must be more than PT0S and at most PT744H but was PT8760H",
                () -> GuardSettings.none().withTimeout(Duration.ofDays(365)));
        refused(
                "cache.memory must be between 0 and 1099511627776 bytes but was 9223372036854775807",
                () -> CacheSettings.standard().withMemoryBytes(Long.MAX_VALUE));
        refused("money must be between 0 and 1000000000 but was 1000000001", () -> BudgetLimits.money("1000000001"));
        refused("pictures must be between 0 and 1000000000 but was -1", () -> BudgetLimits.pictures(-1));
        BudgetSettings budget = BudgetSettings.in(Path.of("budget"), "USD");
        refused(
                "budget.prices.studio must be between 0 and 1000000000 but was -1",
                () -> budget.withPrices(Map.of("studio", BigDecimal.ONE.negate())));
        refused("budget.lease must be between 1s and 24h but was PT25H", () -> budget.withLease(Duration.ofHours(25)));
    }
}
