package dev.triptych.diffusion.hub;

import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import dev.triptych.Outcome;
import dev.triptych.diffusion.error.LocalErrors;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits between two tries. Tests put one in its place that does not wait. */
@FunctionalInterface
public interface Pause {

    /**
     * Waits for {@code duration}, or until {@code context} is cancelled or its deadline passes.
     *
     * @throws dev.triptych.GenerationCancelledException if it was cancelled, or this thread interrupted
     * @throws dev.triptych.ProviderUnavailableException if the deadline has passed
     */
    void pause(Duration duration, GenerationContext context);

    /** Waits as it says; a cancellation ends it at once. */
    @SuppressWarnings("try") // the registration is only closed
    static Pause real() {
        return (duration, context) -> {
            CountDownLatch cancelled = new CountDownLatch(1);
            Duration left = context.remaining().orElse(duration);
            try (Cancellation.Registration unused = context.cancellation().onCancel(cancelled::countDown)) {
                cancelled.await(Math.min(duration.toNanos(), left.toNanos()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
        };
    }
}
