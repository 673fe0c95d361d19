package dev.triptych.internal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Time since a moment. */
public final class Stopwatch {

    private final Clock clock;
    private final Instant start;

    private Stopwatch(Clock clock) {
        this.clock = clock;
        this.start = clock.instant();
    }

    /** A stopwatch that starts now, by {@code clock}. */
    public static Stopwatch started(Clock clock) {
        return new Stopwatch(clock);
    }

    /** How long ago it started. */
    public Duration elapsed() {
        return Duration.between(start, clock.instant());
    }
}
