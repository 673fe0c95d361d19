package dev.triptych.resilience;

import java.time.Duration;

/**
 * How many requests may begin in a span of time. A request takes one permit, however often it is retried.
 *
 * <pre>{@code
 * RateLimitSettings ofAllMachines = RateLimitSettings.perMinute(10).withStore(RateLimitSettings.Store.REDIS);
 * }</pre>
 *
 * @param permits requests in each period, 1 to 1 000 000
 * @param period the span, above 0 and at most 31 days
 * @param maxWait the longest that a request waits for its permit, at most 31 days; one that would wait longer is
 *     refused at once
 * @param store who shares the limit
 */
public record RateLimitSettings(int permits, Duration period, Duration maxWait, Store store) {

    /** Who shares a rate limit. */
    public enum Store {
        /** The generators of this process. */
        LOCAL,
        /** The machines that share a Redis server. */
        REDIS
    }

    /** @throws IllegalArgumentException if a number is out of range */
    public RateLimitSettings {
        Checks.between("rate-limit.permits", 1, 1_000_000, permits);
        Checks.positive("rate-limit.period", Checks.LONGEST, period);
        Checks.upTo("rate-limit.max-wait", Checks.LONGEST, maxWait);
    }

    /** A limit of this process. */
    public RateLimitSettings(int permits, Duration period, Duration maxWait) {
        this(permits, period, maxWait, Store.LOCAL);
    }

    /** {@code permits} a minute, waiting up to 2 minutes. */
    public static RateLimitSettings perMinute(int permits) {
        return new RateLimitSettings(permits, Duration.ofMinutes(1), Duration.ofMinutes(2));
    }

    /** This limit, shared by others. */
    public RateLimitSettings withStore(Store value) {
        return new RateLimitSettings(permits, period, maxWait, value);
    }
}
