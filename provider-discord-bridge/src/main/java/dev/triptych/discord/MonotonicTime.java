package dev.triptych.discord;

import dev.triptych.Cancellation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Time that only goes forward, whatever happens to the wall clock; waits come from here as well. Thread-safe. */
interface MonotonicTime {

    /** Milliseconds since some fixed moment. */
    long millis();

    /** Waits for {@code millis}, or until {@code cancellation}, where there is one, is cancelled. */
    void sleep(long millis, @Nullable Cancellation cancellation) throws InterruptedException;

    /** The machine's own. */
    static MonotonicTime system() {
        return new MonotonicTime() {
            @Override
            public long millis() {
                return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
            }

            @Override
            @SuppressWarnings("try") // The registration is there to be closed.
            public void sleep(long millis, @Nullable Cancellation cancellation) throws InterruptedException {
                if (cancellation == null) {
                    Thread.sleep(millis);
                    return;
                }
                CountDownLatch cancelled = new CountDownLatch(1);
                try (Cancellation.Registration registration = cancellation.onCancel(cancelled::countDown)) {
                    boolean unused = cancelled.await(millis, TimeUnit.MILLISECONDS);
                }
            }
        };
    }
}
