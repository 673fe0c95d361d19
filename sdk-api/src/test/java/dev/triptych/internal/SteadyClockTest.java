package dev.triptych.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GenerationContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SteadyClockTest {

    private static final Instant START = Instant.parse("2026-10-25T00:59:59Z");

    @Test
    void goesOnFromWhereItWasSetWhateverTheSystemsClockDoes() {
        AtomicLong nanos = new AtomicLong(-5);
        SteadyClock clock = SteadyClock.of(Clock.fixed(START, ZoneOffset.UTC), nanos::get);

        nanos.addAndGet(Duration.ofMillis(1500).toNanos());

        assertThat(clock.instant()).isEqualTo(START.plusMillis(1500));
        assertThat(clock.withZone(ZoneId.of("Europe/Berlin")).instant()).isEqualTo(clock.instant());
    }

    @Test
    void isWhatAContextMeasuresWith() {
        GenerationContext context = GenerationContext.create();

        assertThat(context.clock()).isInstanceOf(SteadyClock.class);
        assertThat(context.toBuilder().build().clock()).isSameAs(context.clock());
    }
}
