package dev.triptych.resilience;

import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationWarning;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RateLimitedException;
import java.time.Duration;
import java.util.List;

/** Lets so many requests begin in each span of time; the others wait for their turn, or are refused at once. */
final class RateLimitStage implements Stage {

    private final GeneratorInfo generator;
    private final RateLimitSettings settings;
    private final Permits permits;
    private final Sleeper sleeper;
    private final Stage next;

    RateLimitStage(GeneratorInfo generator, RateLimitSettings settings, Permits permits, Sleeper sleeper, Stage next) {
        this.generator = generator;
        this.settings = settings;
        this.permits = permits;
        this.sleeper = sleeper;
        this.next = next;
    }

    @Override
    public void unregister() {
        permits.close();
    }

    @Override
    public ImageResult run(Call call) {
        Permits.Permit permit = permits.take().orElseThrow(this::refused);
        if (!permit.delay().isZero()) {
            await(permit.delay(), call);
        }
        ImageResult result = next.run(call);
        return permit.remark()
                .map(text -> result.withMoreWarnings(List.of(GenerationWarning.notice("rate-limit", text))))
                .orElse(result);
    }

    private RateLimitedException refused() {
        return new RateLimitedException(
                generator.name() + " must begin at most " + settings.permits() + " requests in " + settings.period()
                        + " but had more than could wait " + settings.maxWait(),
                ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT).withRetryAfter(settings.period()));
    }

    private void await(Duration wait, Call call) {
        if (call.context().remaining().filter(left -> left.compareTo(wait) <= 0).isPresent()) {
            throw new RateLimitedException(
                    generator.name() + " must begin within the deadline but its rate limit allows it only in " + wait,
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT).withRetryAfter(wait));
        }
        try {
            sleeper.sleep(wait, call.context().cancellation());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException(
                    "generation was interrupted while it waited for its turn",
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT),
                    e);
        }
        call.context().checkActive(generator.provider(), Outcome.NOT_SENT);
    }
}
