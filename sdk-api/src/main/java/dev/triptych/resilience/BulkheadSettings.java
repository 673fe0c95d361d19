package dev.triptych.resilience;

import java.time.Duration;

/**
 * How many requests run at the same time, and how many may wait for one of them to end.
 *
 * @param maxConcurrent requests at the same time, at least 1
 * @param maxWaiting requests that wait, first come first served; one more is refused at once; 0 = nobody waits
 * @param maxWait the longest that one waits
 */
public record BulkheadSettings(int maxConcurrent, int maxWaiting, Duration maxWait) {

    /** @throws IllegalArgumentException if a number is out of range */
    public BulkheadSettings {
        Checks.atLeast("bulkhead.max-concurrent", 1, maxConcurrent);
        Checks.atLeast("bulkhead.max-waiting", 0, maxWaiting);
        Checks.notNegative("bulkhead.max-wait", maxWait);
    }

    /** 8 at the same time and 256 waiting, up to 10 minutes. */
    public static BulkheadSettings standard() {
        return new BulkheadSettings(8, 256, Duration.ofMinutes(10));
    }
}
