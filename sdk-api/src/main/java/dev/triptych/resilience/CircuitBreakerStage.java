package dev.triptych.resilience;

import dev.triptych.BudgetExceededException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnsupportedRequestException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.time.Clock;
import java.time.Duration;

/** Leaves a provider alone that does not answer. Only errors of availability count against it. */
final class CircuitBreakerStage implements Stage {

    private final GeneratorInfo generator;
    private final CircuitBreakerRegistry registry;
    private final CircuitBreaker breaker;
    private final Stage next;

    CircuitBreakerStage(
            GeneratorInfo generator,
            CircuitBreakerSettings settings,
            CircuitBreakerRegistry registry,
            Clock clock,
            Stage next) {
        this.generator = generator;
        this.registry = registry;
        this.next = next;
        this.breaker = registry.circuitBreaker(
                generator.name(),
                CircuitBreakerConfig.custom()
                        .failureRateThreshold(settings.failurePercent())
                        .slidingWindowSize(settings.window())
                        .minimumNumberOfCalls(settings.minCalls())
                        .waitDurationInOpenState(settings.openFor())
                        .permittedNumberOfCallsInHalfOpenState(settings.trialCalls())
                        .slowCallDurationThreshold(Duration.ofDays(1))
                        .recordException(ProviderUnavailableException.class::isInstance)
                        .clock(clock)
                        .build());
    }

    @Override
    public void unregister() {
        Resilience.removeOwn(registry, generator.name(), breaker);
    }

    @Override
    public ImageResult run(Call call) {
        if (!breaker.tryAcquirePermission()) {
            throw new ProviderUnavailableException(
                    "the circuit of " + generator.name() + " must be closed but is open after repeated failures",
                    ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT));
        }
        long start = breaker.getCurrentTimestamp();
        boolean counted = false;
        try {
            ImageResult result = next.run(call);
            breaker.onSuccess(breaker.getCurrentTimestamp() - start, breaker.getTimestampUnit());
            counted = true;
            return result;
        } catch (ImageGenerationException e) {
            if (saysSomethingAboutTheProvider(e, call)) {
                breaker.onError(breaker.getCurrentTimestamp() - start, breaker.getTimestampUnit(), e);
                counted = true;
            }
            throw e;
        } finally {
            if (!counted) {
                breaker.releasePermission();
            }
        }
    }

    /** A caller who gave up, asked too much or has no money left learnt nothing about the provider. */
    private static boolean saysSomethingAboutTheProvider(ImageGenerationException error, Call call) {
        boolean callersDeadline =
                call.context().remaining().filter(Duration::isZero).isPresent();
        return !(callersDeadline
                || error instanceof GenerationCancelledException
                || error instanceof UnsupportedRequestException
                || error instanceof BudgetExceededException);
    }
}
