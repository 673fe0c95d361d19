package dev.triptych.resilience;

import java.time.Duration;

/**
 * How often and how fast a failed call is repeated. Before the k-th repetition waits a random time between 0 and
 * {@code min(maxDelay, initialDelay · factor^(k−1))} ("full jitter"), unless the provider says how long.
 *
 * @param maxAttempts attempts in all, 1 to 100; 1 = no retry
 * @param initialDelay the longest wait before the first repetition, at most 24 h
 * @param factor by how much the longest wait grows, 1 to 100
 * @param maxDelay the longest wait of ours, at most 24 h
 * @param retryAfterCap the longest wait that a provider may ask for, at most 24 h; a longer one ends the call at once
 * @param unknownOutcome what happens to a call that may have been billed
 */
public record RetrySettings(
        int maxAttempts,
        Duration initialDelay,
        double factor,
        Duration maxDelay,
        Duration retryAfterCap,
        UnknownOutcome unknownOutcome) {

    /** @throws IllegalArgumentException if a number is out of range */
    public RetrySettings {
        Checks.between("retry.max-attempts", 1, 100, maxAttempts);
        Checks.upTo("retry.initial-delay", Checks.DAY, initialDelay);
        Checks.upTo("retry.max-delay", Checks.DAY, maxDelay);
        Checks.upTo("retry.retry-after-cap", Checks.DAY, retryAfterCap);
        if (!(factor >= 1 && factor <= 100)) {
            throw new IllegalArgumentException("retry.factor must be between 1 and 100 but was " + factor);
        }
    }

    /** 3 attempts, up to 500 ms, doubling up to 30 s; a provider may ask for 60 s. */
    public static RetrySettings standard() {
        return new RetrySettings(
                3, Duration.ofMillis(500), 2, Duration.ofSeconds(30), Duration.ofSeconds(60), UnknownOutcome.WHEN_SAFE);
    }

    /** No retry. */
    public static RetrySettings off() {
        return standard().withMaxAttempts(1);
    }

    /** These settings with another number of attempts. */
    public RetrySettings withMaxAttempts(int value) {
        return new RetrySettings(value, initialDelay, factor, maxDelay, retryAfterCap, unknownOutcome);
    }

    /** These settings with another rule for calls that may have been billed. */
    public RetrySettings withUnknownOutcome(UnknownOutcome value) {
        return new RetrySettings(maxAttempts, initialDelay, factor, maxDelay, retryAfterCap, value);
    }
}
