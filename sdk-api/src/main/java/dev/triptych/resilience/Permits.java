package dev.triptych.resilience;

import java.time.Duration;
import java.util.Optional;

/** The permits of one generator's rate limit: each lets one request begin. Thread-safe. */
public interface Permits extends AutoCloseable {

    /** Takes the next permit, in the order of asking; empty where it would be later than the limit's longest wait. */
    Optional<Permit> take();

    /** Forgets the limit. */
    @Override
    default void close() {}

    /**
     * One permit.
     *
     * @param delay how long until it holds
     * @param remark what the result shall say about where it came from; empty = nothing
     */
    record Permit(Duration delay, Optional<String> remark) {

        /** A permit that there is nothing to say about. */
        public static Permit in(Duration delay) {
            return new Permit(delay, Optional.empty());
        }
    }
}
