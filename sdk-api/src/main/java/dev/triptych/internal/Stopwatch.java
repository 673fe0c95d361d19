package dev.triptych.internal;

import java.time.Duration;

/** Time since a moment, by a clock that nobody sets. */
public final class Stopwatch {

    private final long start = System.nanoTime();

    private Stopwatch() {}

    /** A stopwatch that starts now. */
    public static Stopwatch started() {
        return new Stopwatch();
    }

    /** How long ago it started. */
    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
