package dev.triptych.discord;

import dev.triptych.Cancellation;
import org.jspecify.annotations.Nullable;

/**
 * How long a REST call is wanted, by whom, and who must know what becomes of it.
 *
 * @param deadline by {@link MonotonicTime}, after which nobody wants the answer
 * @param cancellation the wish to stop; null = nobody can stop it
 * @param watch told when the call goes out, and when Discord refused it unread
 */
record CallScope(long deadline, @Nullable Cancellation cancellation, Watch watch) {

    /** Hears of the moments between which a call may be carried out. */
    interface Watch {
        /** The call is about to leave; what is thrown here keeps it from leaving. */
        void sending();

        /** Discord did not look at the call, and it waits for its rate limit again. */
        void refused();
    }

    private static final Watch NOBODY = new Watch() {
        @Override
        public void sending() {}

        @Override
        public void refused() {}
    };

    /** A call that {@code cancellation} stops. */
    CallScope(long deadline, @Nullable Cancellation cancellation) {
        this(deadline, cancellation, NOBODY);
    }

    /** A call that nobody stops. */
    static CallScope until(long deadline) {
        return new CallScope(deadline, null);
    }

    /** This scope, watched by {@code value}. */
    CallScope watchedBy(Watch value) {
        return new CallScope(deadline, cancellation, value);
    }

    boolean isCancelled() {
        return cancellation != null && cancellation.isCancelled();
    }

    /**
     * Waits, but no longer than the call is wanted by somebody.
     *
     * @throws RestFailure if it was cancelled or this thread interrupted, before the call went out
     */
    void sleep(MonotonicTime time, long millis, String what) throws RestFailure {
        try {
            time.sleep(millis, cancellation);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RestFailure.interrupted(what, e);
        }
        checkWanted(what);
    }

    /**
     * Goes on only while the call is wanted.
     *
     * @throws RestFailure if it was cancelled or this thread interrupted, before it went out
     */
    void checkWanted(String what) throws RestFailure {
        if (isCancelled() || Thread.currentThread().isInterrupted()) {
            throw RestFailure.notSent(what);
        }
    }
}
