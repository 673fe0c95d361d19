package dev.triptych.resilience;

import java.time.Clock;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * Where a chain's time and chance come from, so that a test can give its own.
 *
 * @param clock what time it is
 * @param sleeper how to wait
 * @param alarm how to be told that a time is up
 * @param random numbers in [0, 1)
 */
public record Surroundings(Clock clock, Sleeper sleeper, Alarm alarm, DoubleSupplier random) {

    /** Real time and chance. */
    public static Surroundings real() {
        return new Surroundings(
                Clock.systemUTC(),
                Sleeper.real(),
                Alarm.real(),
                () -> ThreadLocalRandom.current().nextDouble());
    }
}
