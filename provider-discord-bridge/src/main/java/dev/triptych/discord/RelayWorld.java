package dev.triptych.discord;

import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * Everything the relay takes from outside: both kinds of time, chance, and the disk.
 *
 * @param clock the wall clock, for the journal's dates
 * @param time for every wait and deadline
 * @param random for jitter and for seeds
 * @param disk for the journal
 */
record RelayWorld(Clock clock, MonotonicTime time, RandomGenerator random, Disk disk) {

    RelayWorld(Clock clock, MonotonicTime time, RandomGenerator random) {
        this(clock, time, random, Disk.system());
    }

    /** This machine's. */
    static RelayWorld system() {
        return new RelayWorld(Clock.systemUTC(), MonotonicTime.system(), RandomGenerator.of("L64X128MixRandom"));
    }
}
