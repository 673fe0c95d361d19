package dev.triptych.compare;

import java.util.OptionalDouble;

/** Measures one picture. Implementations are thread-safe. */
public interface Scorer {

    /** What is measured. */
    Measure measure();

    /**
     * The score of {@code sample}; empty where it cannot be known. Unknown is not 0: a missing score takes no part in a
     * mean.
     *
     * @throws IllegalArgumentException if the picture cannot be read; the cell notes the message
     */
    OptionalDouble score(Sample sample);
}
