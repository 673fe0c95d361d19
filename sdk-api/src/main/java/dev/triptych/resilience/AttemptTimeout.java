package dev.triptych.resilience;

import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageResult;
import dev.triptych.ProviderUnavailableException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * The time limit of one attempt. It reaches the provider as the deadline of its context, and as a cancellation when the
 * time is up; a result that comes all the same is kept.
 */
final class AttemptTimeout {

    private final GeneratorInfo generator;
    private final Optional<Duration> limit;
    private final Alarm alarm;

    AttemptTimeout(GeneratorInfo generator, Optional<Duration> limit, Alarm alarm) {
        this.generator = generator;
        this.limit = limit;
        this.alarm = alarm;
    }

    /**
     * Runs {@code attempt} with a context that ends at the limit or at the caller's deadline, whichever is first. Where
     * the limit ends while finished pictures are being fetched, and the caller set no deadline, they are fetched once
     * more, with a limit of their own.
     */
    ImageResult run(GenerationContext context, Function<GenerationContext, ImageResult> attempt) {
        Optional<Duration> time = shortest(context.remaining());
        if (time.isEmpty()) {
            return attempt.apply(context);
        }
        Limited limited = new Limited(context, time.get());
        try {
            return limited.run(attempt);
        } catch (ImageFetchException e) {
            if (context.deadline().isPresent() || !limited.isOver()) {
                throw e;
            }
            return new Limited(context, time.get()).run(e::fetchAgain);
        }
    }

    private Optional<Duration> shortest(Optional<Duration> remaining) {
        if (limit.isEmpty() || remaining.isEmpty()) {
            return limit.or(() -> remaining);
        }
        return limit.get().compareTo(remaining.get()) <= 0 ? limit : remaining;
    }

    /** One run with its time. */
    private final class Limited {
        private final GenerationContext caller;
        private final Duration time;
        private final Cancellation ownEnd = new Cancellation();
        private final AtomicBoolean timeIsUp = new AtomicBoolean();
        private final GenerationContext context;

        private Limited(GenerationContext caller, Duration time) {
            this.caller = caller;
            this.time = time;
            this.context = caller.toBuilder().cancellation(ownEnd).timeout(time).build();
        }

        private boolean isOver() {
            return timeIsUp.get()
                    || context.remaining().filter(Duration::isZero).isPresent();
        }

        private ImageResult run(Function<GenerationContext, ImageResult> attempt) {
            Runnable disarm = alarm.after(time, () -> {
                timeIsUp.set(true);
                ownEnd.cancel();
            });
            Cancellation.Registration link = caller.cancellation().onCancel(ownEnd::cancel);
            try {
                return attempt.apply(context);
            } catch (GenerationCancelledException e) {
                boolean callersWish = caller.cancellation().isCancelled()
                        || Thread.currentThread().isInterrupted();
                throw callersWish || !timeIsUp.get() ? e : tooLate(e);
            } finally {
                link.close();
                disarm.run();
            }
        }

        /** What the time limit cut off: a download can be repeated, anything else did not answer in time. */
        private ImageGenerationException tooLate(GenerationCancelledException e) {
            if (e.getCause() instanceof ImageFetchException unfetched) {
                return unfetched;
            }
            return new ProviderUnavailableException(
                    generator.name() + " must answer within " + time + " but did not",
                    ErrorOrigin.of(generator.provider(), e.outcome()),
                    e);
        }
    }
}
