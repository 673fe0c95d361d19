package dev.triptych.discord;

import java.util.concurrent.TimeUnit;

/** Time that only goes forward, whatever happens to the wall clock; waits come from here as well. Thread-safe. */
interface MonotonicTime {

    /** Milliseconds since some fixed moment. */
    long millis();

    /** Waits. */
    void sleep(long millis) throws InterruptedException;

    /** The machine's own. */
    static MonotonicTime system() {
        return new MonotonicTime() {
            @Override
            public long millis() {
                return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
            }

            @Override
            public void sleep(long millis) throws InterruptedException {
                Thread.sleep(millis);
            }
        };
    }
}
