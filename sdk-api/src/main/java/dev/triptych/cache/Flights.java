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
final class Flights {

    private final ConcurrentMap<CacheKey, Flight> running = new ConcurrentHashMap<>();

    /** A generation that is under way. */
    final class Flight {
        private final CacheKey key;
        private final CompletableFuture<Optional<ImageResult>> end = new CompletableFuture<>();

        private Flight(CacheKey key) {
            this.key = key;
        }

        /** Ends with a result for all. */
        void land(ImageResult result) {
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
        Optional<ImageResult> follow(GenerationContext context, String providerId) {
            CompletableFuture<Boolean> wake = end.handle((result, error) -> true);
            try (Cancellation.Registration waking = context.cancellation().onCancel(() -> wake.complete(false))) {
                await(wake, context.remaining());
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

        private void await(CompletableFuture<Boolean> wake, Optional<Duration> longest) throws InterruptedException {
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

        /** What the leader got; empty where it handed over, or still flies since a clock ran ahead. */
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

    /** A flight that the caller leads now, or the one that is under way already. */
    Boarding board(CacheKey key) {
        Flight mine = new Flight(key);
        @Nullable Flight other = running.putIfAbsent(key, mine);
        return other == null ? new Boarding(mine, true) : new Boarding(other, false);
    }

    /**
     * A place in a flight.
     *
     * @param flight the flight
     * @param leads whether the caller has to end it
     */
    record Boarding(Flight flight, boolean leads) {}
}
