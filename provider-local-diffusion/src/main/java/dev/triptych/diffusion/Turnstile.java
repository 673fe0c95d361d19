package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one request at a time through, first come first served: two U-Nets at once on the same cores finish later than
 * one after the other. Thread-safe.
 */
final class Turnstile {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();

    /** A turn; closing it lets the next one through. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Waits for a turn, telling the listener each new position in the queue.
     *
     * @throws GenerationCancelledException if the wait was cancelled or interrupted
     * @throws dev.triptych.ProviderUnavailableException if the deadline passed in the queue
     */
    @SuppressWarnings("try") // the registration is only closed
    Turn enter(GenerationContext context) {
        Object ticket = new Object();
        try (Cancellation.Registration registration = context.cancellation().onCancel(this::wakeAll)) {
            lock.lockInterruptibly();
            try {
                waiting.addLast(ticket);
                awaitFirstPlace(ticket, context);
            } finally {
                lock.unlock();
            }
        } catch (InterruptedException e) {
            leave(ticket);
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException(
                    "generation was interrupted in the queue",
                    ErrorOrigin.of(LocalDiffusionGenerator.PROVIDER, Outcome.NOT_SENT),
                    e);
        } catch (RuntimeException e) {
            leave(ticket);
            throw e;
        }
        return () -> leave(ticket);
    }

    private void awaitFirstPlace(Object ticket, GenerationContext context) throws InterruptedException {
        int announced = 0;
        while (true) {
            context.checkActive(LocalDiffusionGenerator.PROVIDER, Outcome.NOT_SENT);
            int position = position(ticket);
            if (position == 0) {
                return;
            }
            if (position != announced) {
                announced = position;
                context.emit(new GenerationEvent.Queued(position));
            }
            Duration patience = context.remaining().orElse(Duration.ofDays(1));
            changed.awaitNanos(Math.max(1, TimeUnit.NANOSECONDS.convert(patience)));
        }
    }

    private int position(Object ticket) {
        int position = 0;
        for (Object other : waiting) {
            if (other == ticket) {
                return position;
            }
            position++;
        }
        throw new IllegalStateException("a ticket must be in the queue until its turn is over");
    }

    private void leave(Object ticket) {
        lock.lock();
        try {
            waiting.remove(ticket);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void wakeAll() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
