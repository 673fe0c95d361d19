package dev.triptych.discord;

import dev.triptych.storage.DurableFiles;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * Everything the relay takes from outside: both kinds of time, chance, and the disk.
 *
 * @param clock the wall clock, for the journal's dates
 * @param time for every wait and deadline
 * @param random for jitter and for seeds
 * @param files for the journal
 */
record RelayEnvironment(Clock clock, MonotonicTime time, RandomGenerator random, DurableFiles files) {

    RelayEnvironment(Clock clock, MonotonicTime time, RandomGenerator random) {
        this(clock, time, random, DurableFiles.system());
    }

    /** This machine's. */
    static RelayEnvironment system() {
        return new RelayEnvironment(Clock.systemUTC(), MonotonicTime.system(), RandomGenerator.of("L64X128MixRandom"));
    }
}
