package dev.triptych.resilience;

import java.time.Duration;

/**
 * How many requests run at the same time, and how many may wait for one of them to end.
 *
 * @param maxConcurrent requests at the same time, 1 to 10 000
 * @param maxWaiting requests that wait, at most 1 000 000, first come first served; one more is refused at once; 0 =
 *     nobody waits
 * @param maxWait the longest that one waits, at most 31 days
 */
public record BulkheadSettings(int maxConcurrent, int maxWaiting, Duration maxWait) {

    /** @throws IllegalArgumentException if a number is out of range */
    public BulkheadSettings {
        Checks.between("bulkhead.max-concurrent", 1, 10_000, maxConcurrent);
        Checks.between("bulkhead.max-waiting", 0, 1_000_000, maxWaiting);
        Checks.upTo("bulkhead.max-wait", Checks.LONGEST, maxWait);
    }

    /** 8 at the same time and 256 waiting, up to 10 minutes. */
    public static BulkheadSettings standard() {
        return new BulkheadSettings(8, 256, Duration.ofMinutes(10));
    }
}
