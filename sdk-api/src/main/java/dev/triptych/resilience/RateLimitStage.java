package dev.triptych.resilience;

import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RateLimitedException;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;

/** Lets so many requests begin in each span of time; the others wait for their turn, or are refused at once. */
final class RateLimitStage implements Stage {

    private final GeneratorInfo generator;
    private final RateLimitSettings settings;
    private final RateLimiterRegistry registry;
    private final RateLimiter limiter;
    private final Sleeper sleeper;
    private final Stage next;

    RateLimitStage(
            GeneratorInfo generator,
            RateLimitSettings settings,
            RateLimiterRegistry registry,
            Sleeper sleeper,
            Stage next) {
        this.generator = generator;
        this.settings = settings;
        this.registry = registry;
        this.sleeper = sleeper;
        this.next = next;
        this.limiter = registry.rateLimiter(
                generator.name(),
                RateLimiterConfig.custom()
                        .limitForPeriod(settings.permits())
                        .limitRefreshPeriod(settings.period())
                        .timeoutDuration(settings.maxWait())
                        .build());
    }

    @Override
    public void unregister() {
        Resilience.removeOwn(registry, generator.name(), limiter);
    }

    @Override
    public ImageResult run(Call call) {
        long waitNanos = limiter.reservePermission();
        if (waitNanos < 0) {
            throw new RateLimitedException(
                    generator.name() + " must begin at most " + settings.permits() + " requests in " + settings.period()
                            + " but had more than could wait " + settings.maxWait(),
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT).withRetryAfter(settings.period()));
        }
        if (waitNanos > 0) {
            await(Duration.ofNanos(waitNanos), call);
        }
        return next.run(call);
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
