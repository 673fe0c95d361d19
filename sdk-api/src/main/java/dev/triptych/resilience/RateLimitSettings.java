package dev.triptych.resilience;

import java.time.Duration;

/**
 * How many requests may begin in a span of time. A request takes one permit, however often it is retried.
 *
 * @param permits requests in each period, at least 1
 * @param period the span
 * @param maxWait the longest that a request waits for its permit; one that would wait longer is refused at once
 */
public record RateLimitSettings(int permits, Duration period, Duration maxWait) {

    /** @throws IllegalArgumentException if a number is out of range */
    public RateLimitSettings {
        Checks.atLeast("rate-limit.permits", 1, permits);
        Checks.positive("rate-limit.period", period);
        Checks.notNegative("rate-limit.max-wait", maxWait);
    }

    /** {@code permits} a minute, waiting up to 2 minutes. */
    public static RateLimitSettings perMinute(int permits) {
        return new RateLimitSettings(permits, Duration.ofMinutes(1), Duration.ofMinutes(2));
    }
}
