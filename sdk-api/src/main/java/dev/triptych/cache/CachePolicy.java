package dev.triptych.cache;

/** Which pictures may be served again. */
public enum CachePolicy {
    /** Those of a request with a seed, by a generator whose seeds are deterministic. The default. */
    DETERMINISTIC,
    /** All: the same request gives the same picture, also without a seed. */
    REUSE,
    /** None. */
    OFF
}
