package dev.triptych.resilience;

/** What retry does with a call that may have been carried out and billed. */
public enum UnknownOutcome {
    /** Never repeats it. */
    NEVER,
    /** Repeats it if the provider is free, or can find out what became of the first call. The default. */
    WHEN_SAFE,
    /** Always repeats it: the caller accepts that one picture may be paid for twice. */
    ALWAYS
}
