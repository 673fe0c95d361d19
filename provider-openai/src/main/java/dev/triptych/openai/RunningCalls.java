package dev.triptych.openai;

import dev.triptych.Cancellation;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The calls that a generator has under way, so that closing it loses nothing that is paid for: a call that may have
 * been billed is let finish, for as long as its own deadline allows or else for {@link #PATIENCE}; one that costs
 * nothing is cancelled. Thread-safe.
 */
final class RunningCalls {

    /** How long closing waits for a billed call that has no deadline. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private final String name;
    private final String providerId;
    private final boolean free;
    private final Duration patience;
    private final Runnable atTheEnd;
    private final Set<Running> running = new LinkedHashSet<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean closing;

    /** No calls yet, of the generator {@code name}; {@code atTheEnd} releases what they share. */
    RunningCalls(String name, String providerId, CostClass costClass, Duration patience, Runnable atTheEnd) {
        this.name = name;
        this.providerId = providerId;
        this.free = costClass == CostClass.FREE;
        this.patience = patience;
        this.atTheEnd = atTheEnd;
    }

    /**
     * Does {@code work} as a call of its own, in a context that closing may cancel.
     *
     * @throws ProviderUnavailableException if the generator is closed
     */
    <T> T run(GenerationContext context, Function<GenerationContext, T> work) {
        return run(context, false, work);
    }

    /** Does {@code work} for pictures that exist already: that is let happen after closing too, since it saves them. */
    <T> T rescue(GenerationContext context, Function<GenerationContext, T> work) {
        return run(context, true, work);
    }

    private <T> T run(GenerationContext context, boolean rescue, Function<GenerationContext, T> work) {
        Running call = begin(context, rescue);
        Cancellation.Registration registration = context.cancellation().onCancel(call.cancellation::cancel);
        try {
            return work.apply(
                    context.toBuilder().cancellation(call.cancellation).build());
        } catch (GenerationCancelledException e) {
            throw call.abandoned ? closed(e) : e;
        } finally {
            registration.close();
            end(call);
        }
    }

    private synchronized Running begin(GenerationContext context, boolean rescue) {
        if (closing && !rescue) {
            throw new ProviderUnavailableException(
                    "generator must be open but was closed: " + name, ErrorOrigin.of(providerId, Outcome.NOT_SENT));
        }
        Running call = new Running(Thread.currentThread(), context.deadline().isPresent());
        running.add(call);
        return call;
    }

    private synchronized void end(Running call) {
        running.remove(call);
        notifyAll();
    }

    private RuntimeException closed(GenerationCancelledException e) {
        return free
                ? new GenerationCancelledException(
                        "generator was closed during the call: " + name,
                        ErrorOrigin.of(providerId, Outcome.NOT_SENT),
                        e)
                : new ProviderUnavailableException(
                        "call must end within " + patience.toSeconds() + " s of closing the generator but did not",
                        e.origin(),
                        e);
    }

    /**
     * Takes no more calls and returns when none runs. A second call waits for the first. Called by a running call
     * itself, from its listener, it only begins.
     */
    void close() {
        if (begins()) {
            Thread closer = new Thread(this::finish, "triptych-close-" + name);
            closer.setDaemon(true);
            closer.start();
        }
        if (!isWithinACall()) {
            awaitTheEnd();
        }
    }

    private synchronized boolean begins() {
        boolean first = !closing;
        closing = true;
        return first;
    }

    private synchronized boolean isWithinACall() {
        Thread worker = HttpTransport.callerOf(Thread.currentThread());
        return running.stream().anyMatch(call -> call.thread == worker);
    }

    private void awaitTheEnd() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closing goes on without us
        }
    }

    private void finish() {
        try {
            if (free) {
                abandon(underWay());
            }
            awaitNone(patience.toNanos());
            abandon(underWay().stream().filter(call -> !call.hasDeadline).toList());
            awaitNone(Long.MAX_VALUE);
            atTheEnd.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody has this thread to interrupt it
        } finally {
            ended.countDown();
        }
    }

    private synchronized List<Running> underWay() {
        return List.copyOf(running);
    }

    private static void abandon(List<Running> calls) {
        calls.forEach(call -> {
            call.abandoned = true;
            call.cancellation.cancel();
        });
    }

    private synchronized void awaitNone(long nanos) throws InterruptedException {
        long start = System.nanoTime();
        while (!running.isEmpty()) {
            long left = nanos - (System.nanoTime() - start);
            if (left <= 0) {
                return;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** One call: the thread that waits for it, and how it is told to stop. */
    private static final class Running {
        private final Thread thread;
        private final boolean hasDeadline;
        private final Cancellation cancellation = new Cancellation();
        private volatile boolean abandoned;

        Running(Thread thread, boolean hasDeadline) {
            this.thread = thread;
            this.hasDeadline = hasDeadline;
        }
    }
}
