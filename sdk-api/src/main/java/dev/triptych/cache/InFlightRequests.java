package dev.triptych.cache;

import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One generation for equal requests at the same time. The first to come leads; the others wait and share what it gets.
 * A leader that is cancelled hands over: one of those that wait leads then. Thread-safe.
 */
final class InFlightRequests {

    private final ConcurrentMap<CacheKey, InFlight> running = new ConcurrentHashMap<>();

    /** A generation that is under way. */
    final class InFlight {
        private final CacheKey key;
        private final CompletableFuture<Optional<ImageResult>> end = new CompletableFuture<>();

        private InFlight(CacheKey key) {
            this.key = key;
        }

        /** Ends with a result for all. */
        void complete(ImageResult result) {
            running.remove(key, this);
            end.complete(Optional.of(result));
        }

        /** Ends with an error for all. */
        void fail(Throwable error) {
            running.remove(key, this);
            end.completeExceptionally(error);
        }

        /** Ends for the leader alone. */
        void handOver() {
            running.remove(key, this);
            end.complete(Optional.empty());
        }

        /**
         * Waits for the end, the caller's own cancellation or its deadline.
         *
         * @return what the leader got; empty where it handed over
         */
        @SuppressWarnings("try") // the registration is there to be closed
        Optional<ImageResult> await(GenerationContext context, String providerId) {
            CompletableFuture<Boolean> wake = end.handle((result, error) -> true);
            try (Cancellation.Registration waking = context.cancellation().onCancel(() -> wake.complete(false))) {
                awaitWake(wake, context.remaining());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new GenerationCancelledException(
                        "waiting for an equal request was interrupted",
                        ErrorOrigin.of(providerId, Outcome.NOT_SENT),
                        e);
            }
            context.checkActive(providerId, Outcome.NOT_SENT);
            return ended();
        }

        private void awaitWake(CompletableFuture<Boolean> wake, Optional<Duration> longest)
                throws InterruptedException {
            try {
                if (longest.isEmpty()) {
                    wake.get();
                } else {
                    wake.get(longest.get().toNanos(), TimeUnit.NANOSECONDS);
                }
            } catch (TimeoutException e) {
                wake.complete(false);
            } catch (ExecutionException e) {
                throw new IllegalStateException("nobody fails this future", e);
            }
        }

        /** What the leader got; empty where it handed over, or still runs since a clock ran ahead. */
        private Optional<ImageResult> ended() {
            if (!end.isDone()) {
                return Optional.empty();
            }
            try {
                return end.get();
            } catch (ExecutionException e) {
                throw rethrown(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException("a future that is done does not wait", e);
            }
        }
    }

    private static RuntimeException rethrown(ExecutionException e) {
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }

    /** A generation that the caller leads now, or the one that is under way already. */
    Joined join(CacheKey key) {
        InFlight mine = new InFlight(key);
        @Nullable InFlight other = running.putIfAbsent(key, mine);
        return other == null ? new Joined(mine, true) : new Joined(other, false);
    }

    /**
     * A caller's part in a generation.
     *
     * @param inFlight the generation
     * @param leads whether the caller has to end it
     */
    record Joined(InFlight inFlight, boolean leads) {}
}
