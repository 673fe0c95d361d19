package dev.triptych.resilience;

import java.time.Duration;

/** The conditions that settings must meet; the same that the configuration's keys have. */
final class Checks {

    /** The longest time that any setting may name. */
    static final Duration LONGEST = Duration.ofDays(31);

    /** The longest wait between two attempts, or time that a circuit stays open. */
    static final Duration DAY = Duration.ofHours(24);

    private Checks() {}

    static void between(String name, int least, int most, int value) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " must be between " + least + " and " + most + " but was " + value);
        }
    }

    /** From 0 to {@code most}. */
    static void upTo(String name, Duration most, Duration value) {
        if (value.isNegative() || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + " must be between PT0S and " + most + " but was " + value);
        }
    }

    /** Above 0, and at most {@code most}. */
    static void positive(String name, Duration most, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    name + " must be more than PT0S and at most " + most + " but was " + value);
        }
    }
}
