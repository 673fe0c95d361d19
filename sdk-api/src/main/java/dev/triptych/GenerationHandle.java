package dev.triptych;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A generation that runs in the background. Thread-safe. Its listener hears one last event,
 * {@link GenerationEvent.Completed} or {@link GenerationEvent.Failed}, before the result is there.
 */
public final class GenerationHandle {

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "triptych-generation");
        thread.setDaemon(true);
        return thread;
    });

    private final CompletableFuture<ImageResult> future;
    private final Cancellation cancellation;

    private GenerationHandle(CompletableFuture<ImageResult> future, Cancellation cancellation) {
        this.future = future;
        this.cancellation = cancellation;
    }

    /** Starts {@code request} on a thread of its own. */
    public static GenerationHandle start(ImageGenerator generator, ImageRequest request, GenerationContext context) {
        CompletableFuture<ImageResult> future =
                CompletableFuture.supplyAsync(() -> run(generator, request, context), THREADS);
        return new GenerationHandle(future, context.cancellation());
    }

    private static ImageResult run(ImageGenerator generator, ImageRequest request, GenerationContext context) {
        ImageResult result;
        try {
            result = generator.generate(request, context);
        } catch (RuntimeException | Error e) {
            context.emit(new GenerationEvent.Failed(e));
            throw e;
        }
        context.emit(new GenerationEvent.Completed(result));
        return result;
    }

    /** Asks the generation to stop. It ends with a {@link GenerationCancelledException} soon, unless it is done. */
    public void cancel() {
        cancellation.cancel();
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
