package dev.triptych.resilience;

import java.time.Duration;
import java.util.Optional;

/**
 * What stands around one generator. An empty part is left out of the chain.
 *
 * @param rateLimit how many requests may begin in a span of time; none by default
 * @param bulkhead how many run at the same time; no limit by default for a local generator
 * @param circuitBreaker when the generator is left alone
 * @param retry how failed calls are repeated
 * @param timeout the longest that one attempt takes, at most 31 days; 5 minutes by default, no limit for a local
 *     generator
 * @param parallelCalls how many calls one request of more pictures than a call may ask for runs side by side, 1 to 100
 */
public record GuardSettings(
        Optional<RateLimitSettings> rateLimit,
        Optional<BulkheadSettings> bulkhead,
        Optional<CircuitBreakerSettings> circuitBreaker,
        RetrySettings retry,
        Optional<Duration> timeout,
        int parallelCalls) {

    /** @throws IllegalArgumentException if a number is out of range */
    public GuardSettings {
        Checks.between("parallel-calls", 1, 100, parallelCalls);
        timeout.ifPresent(value -> Checks.positive("timeout", Checks.LONGEST, value));
    }

    /** For a provider behind a network. */
    public static GuardSettings standard() {
        return new GuardSettings(
                Optional.empty(),
                Optional.of(BulkheadSettings.standard()),
                Optional.of(CircuitBreakerSettings.standard()),
                RetrySettings.standard(),
                Optional.of(Duration.ofMinutes(5)),
                4);
    }

    /**
     * For a generator on this machine: no time limit, one call after the other, and no bulkhead, since it has a queue
     * of its own and a request waits in one place.
     */
    public static GuardSettings local() {
        return new GuardSettings(
                Optional.empty(), Optional.empty(), Optional.empty(), RetrySettings.standard(), Optional.empty(), 1);
    }

    /** Nothing but the split into calls. */
    public static GuardSettings none() {
        return new GuardSettings(
                Optional.empty(), Optional.empty(), Optional.empty(), RetrySettings.off(), Optional.empty(), 1);
    }

    /** These settings with a rate limit. */
    public GuardSettings withRateLimit(RateLimitSettings value) {
        return new GuardSettings(Optional.of(value), bulkhead, circuitBreaker, retry, timeout, parallelCalls);
    }

    /** These settings with a bulkhead. */
    public GuardSettings withBulkhead(BulkheadSettings value) {
        return new GuardSettings(rateLimit, Optional.of(value), circuitBreaker, retry, timeout, parallelCalls);
    }

    /** These settings without a bulkhead. */
    public GuardSettings withoutBulkhead() {
        return new GuardSettings(rateLimit, Optional.empty(), circuitBreaker, retry, timeout, parallelCalls);
    }

    /** These settings with a circuit breaker. */
    public GuardSettings withCircuitBreaker(CircuitBreakerSettings value) {
        return new GuardSettings(rateLimit, bulkhead, Optional.of(value), retry, timeout, parallelCalls);
    }

    /** These settings without a circuit breaker. */
    public GuardSettings withoutCircuitBreaker() {
        return new GuardSettings(rateLimit, bulkhead, Optional.empty(), retry, timeout, parallelCalls);
    }

    /** These settings with another retry. */
    public GuardSettings withRetry(RetrySettings value) {
        return new GuardSettings(rateLimit, bulkhead, circuitBreaker, value, timeout, parallelCalls);
    }

    /** These settings with a time limit for each attempt. */
    public GuardSettings withTimeout(Duration value) {
        return new GuardSettings(rateLimit, bulkhead, circuitBreaker, retry, Optional.of(value), parallelCalls);
    }

    /** These settings with another number of calls side by side. */
    public GuardSettings withParallelCalls(int value) {
        return new GuardSettings(rateLimit, bulkhead, circuitBreaker, retry, timeout, value);
    }
}
