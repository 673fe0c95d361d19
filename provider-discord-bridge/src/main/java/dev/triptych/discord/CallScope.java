package dev.triptych.discord;

import dev.triptych.Cancellation;
import org.jspecify.annotations.Nullable;

/**
 * How long a REST call is wanted, and by whom.
 *
 * @param deadline by {@link MonotonicTime}, after which nobody wants the answer
 * @param cancellation the wish to stop; null = nobody can stop it
 */
record CallScope(long deadline, @Nullable Cancellation cancellation) {

    /** A call that nobody stops. */
    static CallScope until(long deadline) {
        return new CallScope(deadline, null);
    }

    boolean isCancelled() {
        return cancellation != null && cancellation.isCancelled();
    }
}
