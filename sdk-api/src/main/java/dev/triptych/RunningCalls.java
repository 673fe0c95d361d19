package dev.triptych;

import dev.triptych.internal.AllSteps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one generator that are under way, and what becomes of them when it is closed: the rule of
 * {@link ImageGenerator#close()}, for providers and for what stands around them. Thread-safe.
 *
 * <pre>{@code
 * public ImageResult generate(ImageRequest request, GenerationContext context) {
 *     return calls.run(context, call -> {
 *         queue.await(call.context());   // closing ends a call that waits
 *         call.begin(CostClass.BILLED);  // from here on closing lets it finish
 *         return send(request, call.context());
 *     });
 * }
 *
 * public void close() {
 *     calls.close(transport::close);
 * }
 * }</pre>
 */
public final class RunningCalls {

    /** How long a call without a deadline that may have been billed goes on after its generator was closed. */
    public static final Duration GRACE = Duration.ofMinutes(2);

    private static final System.Logger LOG = System.getLogger(RunningCalls.class.getName());

    /** The call on whose behalf a thread works; its outer calls are its parents. */
    private static final ThreadLocal<@Nullable Call> CURRENT = new ThreadLocal<>();

    private final Supplier<GeneratorInfo> generator;
    private final Duration grace;
    private final CountDownLatch closed = new CountDownLatch(1);

    // Guarded by this.
    private final Set<Call> running = new LinkedHashSet<>();
    private boolean closing;

    /**
     * No calls yet.
     *
     * @param generator whose calls they are; asked where an error is made, never under a lock
     */
    public RunningCalls(Supplier<GeneratorInfo> generator) {
        this(generator, GRACE);
    }

    /** No calls yet, and {@code grace} in place of {@link #GRACE}. */
    public RunningCalls(Supplier<GeneratorInfo> generator, Duration grace) {
        this.generator = generator;
        this.grace = grace;
    }

    /**
     * Does {@code work} as a call of the generator, on this thread. It waits, and closing ends it at once, until it
     * says {@link Call#begin begin} or {@link Call#passOn passOn}.
     *
     * @throws ProviderUnavailableException with {@link Outcome#NOT_SENT} if the generator is closed
     */
    public <T> T run(GenerationContext context, Function<Call, T> work) {
        return run(generator, context, work);
    }

    /** Does {@code work} as a call of {@code who}, where these are the calls of several generators. */
    public <T> T run(Supplier<GeneratorInfo> who, GenerationContext context, Function<Call, T> work) {
        Call call = new Call(who, context, CURRENT.get());
        enter(call);
        CURRENT.set(call);
        try {
            return work.apply(call);
        } catch (GenerationCancelledException e) {
            throw call.explained(e);
        } finally {
            if (call.parent == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(call.parent);
            }
            leave(call);
            call.unlink();
        }
    }

    private void enter(Call call) {
        synchronized (this) {
            if (!closing) {
                running.add(call);
                return;
            }
        }
        throw call.closedError(Outcome.NOT_SENT, null);
    }

    private synchronized void leave(Call call) {
        running.remove(call);
        notifyAll();
    }

    /** Whether closing has begun. */
    public synchronized boolean isClosing() {
        return closing;
    }

    private enum Phase {
        WAITING,
        FREE,
        BILLED,
        PASSED_ON
    }

    /** A call that is under way. Thread-safe, since parts of one call may run side by side. */
    public final class Call {
        private final Supplier<GeneratorInfo> who;
        private final GenerationContext caller;
        private final @Nullable Call parent;
        private final Cancellation ownEnd = new Cancellation();

        // Guarded by the outer object.
        private @Nullable GenerationContext context;
        private Cancellation.Registration link = () -> {};
        private Phase phase = Phase.WAITING;
        private Outcome soFar = Outcome.NOT_SENT;
        private @Nullable Phase closedIn;

        private Call(Supplier<GeneratorInfo> who, GenerationContext caller, @Nullable Call parent) {
            this.who = who;
            this.caller = caller;
            this.parent = parent;
        }

        /** The caller's context as it came. */
        public GenerationContext caller() {
            return caller;
        }

        /** The caller's context, which is cancelled too when closing ends the call. */
        public GenerationContext context() {
            GenerationContext made;
            synchronized (RunningCalls.this) {
                if (context != null) {
                    return context;
                }
                made = caller.toBuilder()
                        .cancellation(ownEnd)
                        .attach(Call.class, this)
                        .build();
                context = made;
            }
            Cancellation.Registration linked = caller.cancellation().onCancel(ownEnd::cancel);
            synchronized (RunningCalls.this) {
                link = linked;
            }
            return made;
        }

        private void unlink() {
            Cancellation.Registration linked;
            synchronized (RunningCalls.this) {
                linked = link;
            }
            linked.close();
        }

        /**
         * The call goes from waiting to working, or makes one more request to the provider: closing cancels it where
         * that costs nothing and lets it finish where it may be billed.
         *
         * @throws ProviderUnavailableException with {@link Outcome#NOT_SENT} if closing has begun
         */
        public void begin(CostClass cost) {
            enterPhase(cost == CostClass.FREE ? Phase.FREE : Phase.BILLED, Outcome.NOT_SENT);
        }

        /**
         * The call goes on to another generator, whose own closing ends it there.
         *
         * @return the caller's context as it came, for that generator
         * @throws ProviderUnavailableException with {@link Outcome#NOT_SENT} if closing has begun
         */
        public GenerationContext passOn() {
            enterPhase(Phase.PASSED_ON, Outcome.NOT_SENT);
            return caller;
        }

        /**
         * The call waits again, such as for its next attempt: closing ends it at once, with {@code soFar} as its
         * outcome where it may have been billed before.
         *
         * @throws ProviderUnavailableException with that outcome if closing has begun
         */
        public void await(Outcome soFar) {
            enterPhase(Phase.WAITING, soFar);
        }

        private void enterPhase(Phase next, Outcome outcome) {
            synchronized (RunningCalls.this) {
                if (!closing) {
                    phase = next;
                    soFar = outcome;
                    return;
                }
            }
            throw closedError(outcome, null);
        }

        /** Whether the generator of this call is being closed. */
        public boolean isClosing() {
            return RunningCalls.this.isClosing();
        }

        /** What the caller hears of {@code error}: the closing, where it was that which cancelled the work. */
        private ImageGenerationException explained(GenerationCancelledException error) {
            Phase ended;
            Outcome outcome;
            synchronized (RunningCalls.this) {
                ended = closedIn;
                outcome = soFar;
            }
            boolean callersWish = caller.cancellation().isCancelled()
                    || Thread.currentThread().isInterrupted();
            if (ended == null || callersWish) {
                return error;
            }
            return switch (ended) {
                case WAITING -> closedError(outcome, error);
                case FREE ->
                    new GenerationCancelledException(
                            "generation was cancelled since generator "
                                    + who.get().name() + " was closed",
                            ErrorOrigin.of(error.providerId(), Outcome.NOT_SENT),
                            error);
                case BILLED ->
                    new ProviderUnavailableException(
                            "generator " + who.get().name() + " must answer within " + grace
                                    + " after it was closed but did not",
                            error.origin(),
                            error);
                case PASSED_ON -> error;
            };
        }

        private ProviderUnavailableException closedError(Outcome outcome, @Nullable Throwable cause) {
            GeneratorInfo closed = who.get();
            String message = "generator " + closed.name() + " must be open but was closed";
            ErrorOrigin origin = ErrorOrigin.of(closed.provider(), outcome);
            return cause == null
                    ? new ProviderUnavailableException(message, origin)
                    : new ProviderUnavailableException(message, origin, cause);
        }

        private boolean isWithin(RunningCalls calls) {
            for (Call each = this; each != null; each = each.parent) {
                if (each.owner() == calls) {
                    return true;
                }
            }
            return false;
        }

        private boolean isWithin(Call outer) {
            for (Call each = this; each != null; each = each.parent) {
                if (each == outer) {
                    return true;
                }
            }
            return false;
        }

        private RunningCalls owner() {
            return RunningCalls.this;
        }
    }

    /**
     * Closes a provider: refuses new calls, ends those that wait or cost nothing, lets those finish that may be billed,
     * and then does {@code release}, once. Returns when that is done, also for a second caller; where this thread works
     * for one of the calls, as a listener does, it only begins.
     *
     * @throws RuntimeException as {@code release} does, for the first caller
     */
    public void close(Runnable release) {
        close(() -> {}, release);
    }

    /**
     * Closes what stands around other generators, as {@link #close(Runnable)} does.
     *
     * @param others closes the generators that calls were passed on to
     * @param release lets go of what is left after the last call
     */
    public void close(Runnable others, Runnable release) {
        Optional<List<Runnable>> cancelling = begin();
        if (cancelling.isEmpty()) {
            if (!isWithinACall()) {
                awaitClosed();
            }
            return;
        }
        List<Runnable> steps = new ArrayList<>(cancelling.get());
        steps.addAll(List.of(others, this::awaitCalls, release));
        if (isWithinACall()) {
            Thread thread = new Thread(() -> finishQuietly(steps), "triptych-close");
            thread.setDaemon(true);
            thread.start();
        } else {
            finish(steps);
        }
    }

    /** What cancels the calls that closing ends at once; empty where closing has begun before. */
    private synchronized Optional<List<Runnable>> begin() {
        if (closing) {
            return Optional.empty();
        }
        closing = true;
        List<Runnable> cancelling = new ArrayList<>();
        for (Call call : running) {
            if (call.phase == Phase.WAITING || call.phase == Phase.FREE) {
                call.closedIn = call.phase;
                cancelling.add(call.ownEnd::cancel);
            }
        }
        return Optional.of(cancelling);
    }

    private void finish(List<Runnable> steps) {
        try {
            AllSteps.run(steps);
        } finally {
            closed.countDown();
        }
    }

    private void finishQuietly(List<Runnable> steps) {
        try {
            finish(steps);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a generator that was closed by a listener did not close well", e);
        }
    }

    private boolean isWithinACall() {
        Call current = CURRENT.get();
        return current != null && current.isWithin(this);
    }

    private void awaitCalls() {
        if (!endWithin(grace.toNanos())) {
            overdue().forEach(call -> call.ownEnd.cancel());
            endWithin(Long.MAX_VALUE);
        }
    }

    /** Whether all calls have ended after at most {@code nanos}; an interrupt of this thread does not end the wait. */
    private boolean endWithin(long nanos) {
        long start = System.nanoTime();
        boolean interrupted = false;
        synchronized (this) {
            long left = nanos;
            while (!running.isEmpty() && left > 0) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                left = nanos - (System.nanoTime() - start);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return hasEnded();
    }

    private synchronized boolean hasEnded() {
        return running.isEmpty();
    }

    /** The calls that may have been billed and have no deadline of their own. */
    private synchronized List<Call> overdue() {
        List<Call> overdue = running.stream()
                .filter(call ->
                        call.phase == Phase.BILLED && call.caller.deadline().isEmpty())
                .toList();
        overdue.forEach(call -> call.closedIn = Phase.BILLED);
        return overdue;
    }

    private void awaitClosed() {
        boolean interrupted = false;
        while (true) {
            try {
                closed.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code work} for another thread of this thread's call: closing from within it does not wait for the call. */
    public static Runnable carrying(Runnable work) {
        Call call = CURRENT.get();
        return call == null ? work : () -> within(call, work);
    }

    /** Does {@code work} on behalf of {@code call}. */
    static void within(@Nullable Call call, Runnable work) {
        Call before = CURRENT.get();
        if (call == null || (before != null && before.isWithin(call))) {
            work.run();
            return;
        }
        CURRENT.set(call);
        try {
            work.run();
        } finally {
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        }
    }
}
