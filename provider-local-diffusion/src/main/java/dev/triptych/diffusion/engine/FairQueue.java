package dev.triptych.diffusion.engine;

import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.Outcome;
import dev.triptych.diffusion.error.LocalErrors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one request at a time through, first come first served: two U-Nets at once on the same cores finish later than
 * one after the other. Listeners hear of their position outside the lock. Thread-safe.
 */
final class FairQueue {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();

    /**
     * Waits for a turn, telling the listener each new position in the queue.
     *
     * @throws dev.triptych.GenerationCancelledException if the wait was cancelled or interrupted
     * @throws dev.triptych.ProviderUnavailableException if the deadline passed in the queue
     */
    @SuppressWarnings("try") // the registration is only closed
    Engine.Turn enter(GenerationContext context) {
        Object ticket = new Object();
        boolean entered = false;
        try (Cancellation.Registration registration = context.cancellation().onCancel(this::wakeAll)) {
            add(ticket);
            int position = position(ticket, context);
            while (position > 0) {
                context.emit(new GenerationEvent.Queued(position));
                position = awaitOtherPosition(ticket, position, context);
            }
            entered = true;
            return () -> leave(ticket);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw LocalErrors.cancelled("generation was interrupted in the queue", e);
        } finally {
            if (!entered) {
                leave(ticket);
            }
        }
    }

    private void add(Object ticket) {
        lock.lock();
        try {
            waiting.addLast(ticket);
        } finally {
            lock.unlock();
        }
    }

    private int position(Object ticket, GenerationContext context) {
        lock.lock();
        try {
            return checkedPosition(ticket, context);
        } finally {
            lock.unlock();
        }
    }

    private int awaitOtherPosition(Object ticket, int known, GenerationContext context) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            int position = checkedPosition(ticket, context);
            while (position == known) {
                Duration patience = context.remaining().orElse(Duration.ofDays(1));
                changed.awaitNanos(Math.max(1, TimeUnit.NANOSECONDS.convert(patience)));
                position = checkedPosition(ticket, context);
            }
            return position;
        } finally {
            lock.unlock();
        }
    }

    private int checkedPosition(Object ticket, GenerationContext context) {
        int position = 0;
        for (Object other : waiting) {
            if (other == ticket) {
                break;
            }
            position++;
        }
        context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
        return position;
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
