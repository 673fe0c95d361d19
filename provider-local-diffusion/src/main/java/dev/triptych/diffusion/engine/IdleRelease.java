package dev.triptych.diffusion.engine;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Releases what nobody used for a while: begun when the last turn ends, and put off by each new one. Thread-safe. */
final class IdleRelease implements AutoCloseable {

    private final Duration after;
    private final Timer timer;
    private final Runnable release;
    private int turns;
    private boolean closed;
    private @Nullable Future<?> pending;

    /** Does something later; tests wind theirs by hand. */
    interface Timer extends AutoCloseable {

        /** Does {@code work} after {@code delay}, unless what it returns is cancelled before. */
        Future<?> schedule(Runnable work, Duration delay);

        @Override
        void close();
    }

    /**
     * @param after how long nobody must have used anything
     * @param release what is done then
     */
    IdleRelease(Duration after, Timer timer, Runnable release) {
        this.after = after;
        this.timer = timer;
        this.release = release;
    }

    /** A timer with a daemon thread of its own. */
    static Timer timer() {
        ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "triptych-idle");
            thread.setDaemon(true);
            return thread;
        });
        return new Timer() {
            @Override
            public Future<?> schedule(Runnable work, Duration delay) {
                return executor.schedule(work, delay.toNanos(), TimeUnit.NANOSECONDS);
            }

            @Override
            public void close() {
                executor.shutdownNow();
            }
        };
    }

    /** A turn begins. */
    synchronized void begin() {
        turns++;
        cancel();
    }

    /** A turn has ended. */
    synchronized void end() {
        turns--;
        if (turns == 0 && !closed) {
            cancel();
            pending = timer.schedule(this::releaseIfIdle, after);
        }
    }

    private void releaseIfIdle() {
        synchronized (this) {
            if (turns > 0 || closed) {
                return;
            }
        }
        release.run(); // a turn that begins now loads again
    }

    private void cancel() {
        if (pending != null) {
            pending.cancel(false);
            pending = null;
        }
    }

    /** Nothing is released from now on. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            cancel();
        }
        timer.close();
    }
}
