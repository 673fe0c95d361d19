package dev.triptych;

/** How the cache took part in a result. */
public enum CacheStatus {
    /** The pictures came from the cache. */
    HIT,
    /** The pictures were made and, where the policy allows it, stored. */
    MISS,
    /** No cache was asked. */
    BYPASS
}
