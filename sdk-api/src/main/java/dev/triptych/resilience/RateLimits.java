package dev.triptych.resilience;

/**
 * Where the rate limits of several machines are kept. Thread-safe.
 *
 * <pre>{@code
 * Permits permits = limits.of("studio", RateLimitSettings.perMinute(10));
 * }</pre>
 */
public interface RateLimits extends AutoCloseable {

    /** The permits of the generator {@code name}, which all that ask for it with equal settings share. No I/O. */
    Permits of(String name, RateLimitSettings settings);

    /** Lets go of where they are kept. */
    @Override
    default void close() {}
}
