package dev.triptych.resilience;

import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RateLimitedException;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets so many requests run at the same time. Others wait in a queue of bounded length, first come first served, and
 * leave it when they are cancelled. Resilience4j counts the permits; its own waiting has no bound and no order.
 */
final class BulkheadStage implements Stage {

    private final GeneratorInfo generator;
    private final BulkheadSettings settings;
    private final BulkheadRegistry registry;
    private final Bulkhead bulkhead;
    private final Stage next;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Ticket> waiting = new ArrayDeque<>();

    BulkheadStage(GeneratorInfo generator, BulkheadSettings settings, BulkheadRegistry registry, Stage next) {
        this.generator = generator;
        this.settings = settings;
        this.registry = registry;
        this.next = next;
        this.bulkhead = registry.bulkhead(
                generator.name(),
                BulkheadConfig.custom()
                        .maxConcurrentCalls(settings.maxConcurrent())
                        .maxWaitDuration(Duration.ZERO)
                        .build());
    }

    /**
     * A place in the queue; {@code granted} once it holds a permit. Nothing is granted to a caller whose listener still
     * hears of the queue: a slow one delays its own request alone. Guarded by the lock.
     */
    private static final class Ticket {
        private final Condition turn;
        private boolean ready;
        private boolean granted;

        private Ticket(Condition turn) {
            this.turn = turn;
        }
    }

    @Override
    public void unregister() {
        Resilience.removeOwn(registry, generator.name(), bulkhead);
    }

    @Override
    public ImageResult run(Call call) {
        enter(call);
        try {
            return next.run(call);
        } finally {
            leave();
        }
    }

    private void enter(Call call) {
        Ticket ticket;
        int position;
        lock.lock();
        try {
            boolean firstOfAll = waiting.stream().noneMatch(earlier -> earlier.ready);
            if (firstOfAll && bulkhead.tryAcquirePermission()) {
                return;
            }
            position = waiting.size();
            if (position >= settings.maxWaiting()) {
                throw refused("is full");
            }
            ticket = new Ticket(lock.newCondition());
            waiting.add(ticket);
        } finally {
            lock.unlock();
        }
        call.context().emit(new GenerationEvent.Queued(position));
        await(ticket, call);
    }

    @SuppressWarnings("try") // the registration is there to be closed
    private void await(Ticket ticket, Call call) {
        Cancellation cancellation = call.context().cancellation();
        try (Cancellation.Registration wake = cancellation.onCancel(() -> signal(ticket))) {
            if (!turnComes(ticket, call, cancellation)) {
                call.context().checkActive(generator.provider(), Outcome.NOT_SENT);
                throw refused("had no place within " + settings.maxWait());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException(
                    "generation was interrupted while it waited for its turn",
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT),
                    e);
        }
    }

    /** Waits; whether a permit came. Where none did, or the thread was interrupted, the ticket is gone. */
    private boolean turnComes(Ticket ticket, Call call, Cancellation cancellation) throws InterruptedException {
        Duration longest = call.context()
                .remaining()
                .filter(left -> left.compareTo(settings.maxWait()) < 0)
                .orElse(settings.maxWait());
        long nanos = longest.toNanos();
        boolean interrupted = true;
        lock.lock();
        try {
            ticket.ready = true;
            grantWhatIsFree();
            while (!ticket.granted && nanos > 0 && !cancellation.isCancelled()) {
                nanos = ticket.turn.awaitNanos(nanos);
            }
            interrupted = false;
            return ticket.granted;
        } finally {
            waiting.remove(ticket);
            if (interrupted && ticket.granted) {
                passOn();
            }
            lock.unlock();
        }
    }

    private void signal(Ticket ticket) {
        lock.lock();
        try {
            ticket.turn.signal();
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            passOn();
        } finally {
            lock.unlock();
        }
    }

    /** Gives a permit back and, while anybody waits, on to the first of them. Called under the lock. */
    private void passOn() {
        bulkhead.onComplete();
        grantWhatIsFree();
    }

    /** Gives free permits to the first that are ready. Called under the lock. */
    private void grantWhatIsFree() {
        for (Iterator<Ticket> each = waiting.iterator(); each.hasNext(); ) {
            Ticket ticket = each.next();
            if (ticket.ready) {
                if (!bulkhead.tryAcquirePermission()) {
                    return;
                }
                each.remove();
                ticket.granted = true;
                ticket.turn.signal();
            }
        }
    }

    private RateLimitedException refused(String why) {
        return new RateLimitedException(
                generator.name() + " must run at most " + settings.maxConcurrent() + " requests at the same time, "
                        + settings.maxWaiting() + " waiting, but " + why,
                ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT));
    }
}
