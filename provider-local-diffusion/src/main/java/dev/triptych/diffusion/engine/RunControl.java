package dev.triptych.diffusion.engine;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import dev.triptych.diffusion.error.LocalErrors;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work on its way through the {@link ModelWorker}: waiting, loading, running, or done. Stopping ends the
 * wait of its caller at once; a running evaluation is left by ONNX Runtime within milliseconds, a load that has begun
 * goes on for whoever comes next. Thread-safe.
 */
final class RunControl<T> {

    private static final System.Logger LOG = System.getLogger(RunControl.class.getName());

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private @Nullable RunOptions running;
    private boolean stopped;

    /** The work's result; ends with a {@link dev.triptych.GenerationCancelledException} if it was stopped. */
    CompletableFuture<T> result() {
        return result;
    }

    /** Does the work on the calling thread, unless it was stopped before. */
    void run(Work<T> work) {
        if (isStopped()) {
            return;
        }
        try {
            complete(work.run(this));
        } catch (OrtException | RuntimeException | Error e) {
            fail(e);
        }
    }

    /**
     * Evaluates with options through which {@link #stop} reaches ONNX Runtime.
     *
     * @throws dev.triptych.GenerationCancelledException if it was stopped before
     */
    <R> R evaluate(Evaluation<R> evaluation) throws OrtException {
        try (RunOptions options = new RunOptions()) {
            begin(options);
            try {
                return evaluation.run(options);
            } finally {
                end();
            }
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
            LOG.log(Level.DEBUG, "A running network could not be told to stop; it ends on its own", e);
        }
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private synchronized void begin(RunOptions options) {
        if (stopped) {
            throw cancelled(null);
        }
        running = options;
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

    static RuntimeException cancelled(@Nullable Throwable cause) {
        return LocalErrors.cancelled("the generation was cancelled", cause);
    }

    /** What is done on the worker's thread. */
    @FunctionalInterface
    interface Work<T> {
        T run(RunControl<T> control) throws OrtException;
    }

    /** What a network does with the options that can stop it. */
    @FunctionalInterface
    interface Evaluation<R> {
        R run(RunOptions options) throws OrtException;
    }
}
