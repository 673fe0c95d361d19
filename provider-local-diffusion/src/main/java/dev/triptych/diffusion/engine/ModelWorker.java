package dev.triptych.diffusion.engine;

import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageGenerationException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that loads and runs networks. One after the other is faster than two at once, which would fight for
 * the same processors; and as all work has ended when the worker has, sessions can be closed safely then: closing one
 * that runs would kill the process. Thread-safe.
 */
final class ModelWorker implements AutoCloseable {

    private final ThreadPoolExecutor executor;
    private final Set<RunControl<?>> unfinished = ConcurrentHashMap.newKeySet();

    ModelWorker(String name) {
        executor = new ThreadPoolExecutor(
                1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> DeepStack.thread(work, name));
        executor.allowCoreThreadTimeOut(true);
    }

    /**
     * Does {@code work} when its turn comes and waits for it.
     *
     * @throws GenerationCancelledException if {@code cancellation} is asked for, the calling thread is interrupted (its
     *     interrupt flag is set again then), or the worker is closed meanwhile
     * @throws ModelFailure if ONNX Runtime fails
     */
    <T> T call(RunControl.Work<T> work, Cancellation cancellation) {
        RunControl<T> control = new RunControl<>();
        if (Thread.currentThread().isInterrupted() || cancellation.isCancelled()) {
            throw RunControl.cancelled(null);
        }
        unfinished.add(control);
        Cancellation.Registration registration = cancellation.onCancel(control::stop);
        try {
            executor.execute(() -> control.run(work));
            return await(control);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the engine must be open but is closed", e);
        } finally {
            registration.close();
            unfinished.remove(control);
        }
    }

    private static <T> T await(RunControl<T> control) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return control.result().get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    control.stop();
                }
            }
        } catch (ExecutionException e) {
            throw unwrapped(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unwrapped(ExecutionException e) {
        Throwable cause = e.getCause();
        if (cause instanceof ImageGenerationException ours) {
            return ours;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException runtime ? runtime : new ModelFailure(cause == null ? e : cause);
    }

    /** Stops what runs or waits, and returns when nothing runs any more; a second call does nothing. */
    @Override
    public void close() {
        executor.shutdown();
        unfinished.forEach(RunControl::stop);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (executor.awaitTermination(1, TimeUnit.MINUTES)) {
                        return;
                    }
                } catch (InterruptedException e) {
                    interrupted = true; // The sessions must not be closed before the work has ended.
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** ONNX Runtime could not load or run a model; the caller says which, and throws an error of the contract. */
    static final class ModelFailure extends RuntimeException {
        ModelFailure(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }
}
