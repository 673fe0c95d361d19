package dev.triptych.diffusion.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.Outcome;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work on its way through the {@link ModelWorker}: waiting, running, or done. Stopping a waiting one ends
 * it at once; stopping a running one makes ONNX Runtime leave its evaluation within milliseconds. Thread-safe.
 */
final class RunControl<T> {

    private static final System.Logger LOG = System.getLogger(RunControl.class.getName());

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private @Nullable RunOptions running;
    private boolean stopped;

    /** The work's result; ends with a {@link GenerationCancelledException} if it was stopped. */
    CompletableFuture<T> result() {
        return result;
    }

    /** Does the work on the calling thread, unless it was stopped before. */
    void run(Work<T> work) {
        try (RunOptions options = new RunOptions()) {
            if (!begin(options)) {
                return;
            }
            try {
                complete(work.run(options));
            } finally {
                end();
            }
        } catch (OrtException | RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Asks the work to end; it does not wait for that. */
    synchronized void stop() {
        stopped = true;
        if (running == null) {
            result.completeExceptionally(cancelled(null));
            return;
        }
        try {
            running.setTerminate(true);
        } catch (OrtException e) {
            LOG.log(Level.DEBUG, "A running model could not be told to stop; it ends on its own", e);
        }
    }

    private synchronized boolean begin(RunOptions options) {
        if (stopped) {
            return false;
        }
        running = options;
        return true;
    }

    private synchronized void end() {
        running = null;
    }

    private synchronized void complete(T value) {
        if (stopped) {
            result.completeExceptionally(cancelled(null));
        } else {
            result.complete(value);
        }
    }

    /** ONNX Runtime reports a stop with a general error: our own flag tells it from a failure. */
    private synchronized void fail(Throwable cause) {
        result.completeExceptionally(stopped ? cancelled(cause) : cause);
    }

    static GenerationCancelledException cancelled(@Nullable Throwable cause) {
        ErrorOrigin origin = ErrorOrigin.of("local", Outcome.NOT_SENT);
        String message = "the generation was cancelled";
        return cause == null
                ? new GenerationCancelledException(message, origin)
                : new GenerationCancelledException(message, origin, cause);
    }

    /** What a model does with the options that can stop it. */
    @FunctionalInterface
    interface Work<T> {
        T run(RunOptions options) throws OrtException;
    }
}
