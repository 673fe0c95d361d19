package dev.triptych.diffusion;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Adds up time by stage. Not thread-safe. */
final class Stopwatch {

    private final Clock clock;
    private final Map<String, Duration> laps = new LinkedHashMap<>();
    private final Instant start;
    private Instant last;

    Stopwatch(Clock clock) {
        this.clock = clock;
        this.start = clock.instant();
        this.last = start;
    }

    /** Counts the time since the last lap towards {@code stage}. */
    void lap(String stage) {
        Instant now = clock.instant();
        laps.merge(stage, Duration.between(last, now), Duration::plus);
        last = now;
    }

    /** The time from the beginning to the last lap. */
    Duration total() {
        return Duration.between(start, last);
    }

    Map<String, Duration> laps() {
        return laps;
    }
}
