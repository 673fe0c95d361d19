package dev.triptych.resilience;

import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Time that only passes when somebody waits or a test says so. Thread-safe. */
public final class VirtualTime extends Clock {

    private final List<Duration> sleeps = new ArrayList<>();
    private final List<Armed> alarms = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private double random = 0.5;

    private record Armed(Instant at, Runnable action) {}

    /** Surroundings with this time, and chance that always says one half. */
    public Surroundings surroundings() {
        return new Surroundings(this, this::sleep, this::arm, () -> random);
    }

    /** A context whose deadlines are in this time. */
    public GenerationContext.Builder context() {
        return GenerationContext.builder().clock(this);
    }

    public synchronized void random(double value) {
        random = value;
    }

    /** Every wait so far. */
    public synchronized List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }

    private void sleep(Duration time, Cancellation cancellation) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        synchronized (this) {
            sleeps.add(time);
        }
        if (!cancellation.isCancelled()) {
            pass(time);
        }
    }

    private synchronized Runnable arm(Duration time, Runnable action) {
        Armed armed = new Armed(now.plus(time), action);
        alarms.add(armed);
        return () -> disarm(armed);
    }

    private synchronized void disarm(Armed armed) {
        alarms.remove(armed);
    }

    /** Lets time pass; alarms that are due ring. */
    public void pass(Duration time) {
        List<Armed> due;
        synchronized (this) {
            now = now.plus(time);
            due = alarms.stream().filter(each -> !each.at().isAfter(now)).toList();
            alarms.removeAll(due);
        }
        due.forEach(each -> each.action().run());
    }

    @Override
    public synchronized Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
