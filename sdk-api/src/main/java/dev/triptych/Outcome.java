package dev.triptych;

/** What became of a failed call on the provider's side. Whether it may be repeated follows from this alone. */
public enum Outcome {
    /** Nothing reached the provider; nothing can have been charged. */
    NOT_SENT,
    /** The provider answered that it did not do the work; nothing was charged. */
    REJECTED,
    /** The request may have been carried out and billed; nobody knows. */
    UNKNOWN,
    /** The pictures were made (and billed if the provider bills), but fetching or reading them failed. */
    COMPLETED
}
