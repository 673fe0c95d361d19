package dev.triptych.compare;

import java.util.OptionalDouble;

/** Measures how two pictures of one request differ. Symmetric. Implementations are thread-safe. */
public interface PairScorer {

    /** What is measured. */
    Measure measure();

    /**
     * The score of two pictures; empty where they cannot be compared.
     *
     * @throws IllegalArgumentException if a picture cannot be read; the pair notes the message
     */
    OptionalDouble score(Sample left, Sample right);
}
