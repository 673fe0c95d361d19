package dev.triptych.cli;

import dev.triptych.Cancellation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C: the running step is told to stop, and the process ends when the command has cleaned up, so that no half file
 * stays.
 */
final class StopSignal implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 10;

    private static volatile boolean received;

    private final Cancellation cancellation = new Cancellation();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stopAndWait, "triptych-stop");

    /** Listens from now on. */
    StopSignal() {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            stop();
        }
    }

    /** Whether the process was told to end. */
    static boolean received() {
        return received;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    private void stopAndWait() {
        stop();
        try {
            if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("triptych: the running step did not stop in time");
            }
            System.err.println("triptych: stopped");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop() {
        received = true;
        cancellation.cancel();
    }

    /** The command is done; a shutdown that waits may go on. */
    @Override
    public void close() {
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            // The hook runs; it sees the latch.
        }
    }
}
