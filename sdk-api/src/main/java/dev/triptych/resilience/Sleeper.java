package dev.triptych.resilience;

import dev.triptych.Cancellation;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits. A test has one that does not. */
@FunctionalInterface
public interface Sleeper {

    /**
     * Returns after {@code time}, or as soon as {@code cancellation} is asked for.
     *
     * @throws InterruptedException if this thread is interrupted
     */
    void sleep(Duration time, Cancellation cancellation) throws InterruptedException;

    /** Waits in real time. */
    static Sleeper real() {
        return Sleeper::sleepOrHearOf;
    }

    @SuppressWarnings("try") // the registration is there to be closed
    private static void sleepOrHearOf(Duration time, Cancellation cancellation) throws InterruptedException {
        CountDownLatch cancelled = new CountDownLatch(1);
        try (Cancellation.Registration waking = cancellation.onCancel(cancelled::countDown)) {
            cancelled.await(time.toNanos(), TimeUnit.NANOSECONDS);
        }
    }
}
