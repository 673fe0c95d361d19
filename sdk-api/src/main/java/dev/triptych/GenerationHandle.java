package dev.triptych;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A generation that runs in the background. Thread-safe. Its listener hears one last event,
 * {@link GenerationEvent.Completed} or {@link GenerationEvent.Failed}, before the result is there.
 *
 * <p>At most {@value #MAX_THREADS} run at the same time in a process; others wait their turn, first come first served.
 */
public final class GenerationHandle {

    /** How many generations run in the background at the same time. */
    public static final int MAX_THREADS = 64;

    private static final String THREAD_NAME = "triptych-generation";
    private static final ThreadPoolExecutor THREADS = threads();

    private final GenerationContext context;
    private final CompletableFuture<ImageResult> future = new CompletableFuture<>();

    private GenerationHandle(GenerationContext context) {
        this.context = context;
    }

    private static ThreadPoolExecutor threads() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                MAX_THREADS, MAX_THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), GenerationHandle::thread);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new BackgroundThread(work);
        thread.setDaemon(true);
        return thread;
    }

    /** A thread that runs generations; what such a one starts does not wait for a place, since it may be waited for. */
    private static final class BackgroundThread extends Thread {
        private BackgroundThread(Runnable work) {
            super(work, THREAD_NAME);
        }
    }

    /** Starts {@code request} on a thread of its own, as soon as there is one. */
    public static GenerationHandle start(ImageGenerator generator, ImageRequest request, GenerationContext context) {
        GenerationHandle handle = new GenerationHandle(context);
        Runnable work = () -> handle.run(generator, request);
        if (Thread.currentThread() instanceof BackgroundThread) {
            thread(work).start();
        } else {
            handle.enqueue(work);
        }
        return handle;
    }

    /** Waits for a thread; cancelled meanwhile, the generation ends at once. */
    private void enqueue(Runnable work) {
        Cancellation.Registration leavingTheQueue = context.cancellation().onCancel(() -> leaveQueue(work));
        CompletableFuture<ImageResult> unused = future.whenComplete((result, error) -> leavingTheQueue.close());
        THREADS.execute(work);
        if (context.cancellation().isCancelled()) {
            leaveQueue(work);
        }
    }

    private void leaveQueue(Runnable work) {
        if (THREADS.remove(work)) {
            fail(new GenerationCancelledException(
                    "generation was cancelled", ErrorOrigin.of("triptych", Outcome.NOT_SENT)));
        }
    }

    private void run(ImageGenerator generator, ImageRequest request) {
        ImageResult result;
        try {
            result = generator.generate(request, context);
        } catch (Throwable e) { // whatever it is, who waits for the handle must hear it
            fail(e);
            return;
        }
        context.emit(new GenerationEvent.Completed(result));
        future.complete(result);
    }

    private void fail(Throwable error) {
        context.emit(new GenerationEvent.Failed(error));
        future.completeExceptionally(error);
    }

    /** Asks the generation to stop. It ends with a {@link GenerationCancelledException} soon, unless it is done. */
    public void cancel() {
        context.cancellation().cancel();
    }

    /** Whether the generation has ended, one way or the other. */
    public boolean isDone() {
        return future.isDone();
    }

    /**
     * Waits for the pictures.
     *
     * @throws ImageGenerationException as {@link ImageGenerator#generate(ImageRequest, GenerationContext)} does, and a
     *     {@link GenerationCancelledException} if this thread is interrupted, which cancels the generation too
     */
    public ImageResult result() {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw rethrown(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
            throw new GenerationCancelledException(
                    "waiting for the generation was interrupted", ErrorOrigin.of("triptych", Outcome.UNKNOWN), e);
        }
    }

    /** The generation as a future that completes with the result or the error. Cancelling it cancels nothing here. */
    public CompletableFuture<ImageResult> toFuture() {
        return future.copy();
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof RuntimeException e && !(e instanceof CancellationException)) {
            return e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return new CompletionException(cause);
    }
}
