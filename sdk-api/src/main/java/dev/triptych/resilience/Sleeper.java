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
        return (time, cancellation) -> {
            CountDownLatch cancelled = new CountDownLatch(1);
            try (Cancellation.Registration registration = cancellation.onCancel(cancelled::countDown)) {
                boolean early = cancelled.await(time.toNanos(), TimeUnit.NANOSECONDS);
                assert !early || cancellation.isCancelled() : registration;
            }
        };
    }
}
