package dev.triptych.internal;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/**
 * A clock that is set once and then runs by itself: times between two of its instants are true even where somebody sets
 * the system's clock in between. Immutable and thread-safe.
 */
public final class SteadyClock extends Clock {

    private final ZoneId zone;
    private final Instant start;
    private final long startNanos;
    private final LongSupplier nanos;

    private SteadyClock(ZoneId zone, Instant start, long startNanos, LongSupplier nanos) {
        this.zone = zone;
        this.start = start;
        this.startNanos = startNanos;
        this.nanos = nanos;
    }

    /** A clock set by the system's clock now. */
    public static SteadyClock startingNow() {
        return of(Clock.systemUTC(), System::nanoTime);
    }

    static SteadyClock of(Clock setBy, LongSupplier nanos) {
        return new SteadyClock(ZoneOffset.UTC, setBy.instant(), nanos.getAsLong(), nanos);
    }

    @Override
    public Instant instant() {
        return start.plusNanos(nanos.getAsLong() - startNanos);
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
        return new SteadyClock(other, start, startNanos, nanos);
    }
}
