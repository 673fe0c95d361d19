package dev.triptych.diffusion;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Adds up time by stage, by the monotonic clock. Not thread-safe. */
final class Stopwatch {

    private final Map<String, Duration> laps = new LinkedHashMap<>();
    private final long start = System.nanoTime();
    private long last = start;

    /** Counts the time since the last lap towards {@code stage}. */
    void lap(String stage) {
        long now = System.nanoTime();
        laps.merge(stage, Duration.ofNanos(now - last), Duration::plus);
        last = now;
    }

    /** The time from the beginning to the last lap. */
    Duration total() {
        return Duration.ofNanos(last - start);
    }

    /** The time of each stage, in the order of their first laps. */
    Map<String, Duration> laps() {
        return laps;
    }
}
