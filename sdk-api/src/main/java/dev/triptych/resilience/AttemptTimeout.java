package dev.triptych.resilience;

import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
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

    /** Runs {@code attempt} with a context that ends at the limit or at the caller's deadline, whichever is first. */
    ImageResult run(GenerationContext context, Function<GenerationContext, ImageResult> attempt) {
        Optional<Duration> time = shortest(context.remaining());
        return time.isEmpty() ? attempt.apply(context) : runFor(time.get(), context, attempt);
    }

    private Optional<Duration> shortest(Optional<Duration> remaining) {
        if (limit.isEmpty() || remaining.isEmpty()) {
            return limit.or(() -> remaining);
        }
        return limit.get().compareTo(remaining.get()) <= 0 ? limit : remaining;
    }

    private ImageResult runFor(
            Duration time, GenerationContext context, Function<GenerationContext, ImageResult> attempt) {
        Cancellation ownEnd = new Cancellation();
        AtomicBoolean timeIsUp = new AtomicBoolean();
        Runnable disarm = alarm.after(time, () -> {
            timeIsUp.set(true);
            ownEnd.cancel();
        });
        Cancellation.Registration link = context.cancellation().onCancel(ownEnd::cancel);
        try {
            return attempt.apply(context.toBuilder()
                    .cancellation(ownEnd)
                    .timeout(time)
                    .listener(context::emit)
                    .build());
        } catch (GenerationCancelledException e) {
            boolean callersWish = context.cancellation().isCancelled()
                    || Thread.currentThread().isInterrupted();
            if (callersWish || !timeIsUp.get()) {
                throw e;
            }
            throw new ProviderUnavailableException(
                    generator.name() + " must answer within " + time + " but did not",
                    ErrorOrigin.of(generator.provider(), e.outcome()),
                    e);
        } finally {
            link.close();
            disarm.run();
        }
    }
}
