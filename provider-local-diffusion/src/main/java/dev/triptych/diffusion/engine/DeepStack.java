package dev.triptych.diffusion.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Threads with a stack as deep as native programs have. ONNX Runtime's registration of operators and its graph
 * optimisers need more than a caller may have left of Java's usual megabyte, and an overflow in native code kills the
 * process without a word. Only what is used of a stack costs memory.
 */
final class DeepStack {

    /** 16 MiB; Linux gives a native main thread 8. */
    private static final long BYTES = 16L << 20;

    private DeepStack() {}

    /** A daemon thread for {@code work}, not started yet. */
    static Thread thread(Runnable work, String name) {
        Thread thread = new Thread(null, work, name, BYTES);
        thread.setDaemon(true);
        return thread;
    }

    /** What {@code work} gives, done on such a thread while this one waits, an interrupt notwithstanding. */
    static <T> T call(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        thread(() -> complete(result, work), "triptych-native").start();
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static <T> void complete(CompletableFuture<T> result, Supplier<T> work) {
        try {
            result.complete(work.get());
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
        }
    }
}
