package dev.triptych.resilience;

import dev.triptych.CacheStatus;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Usage;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.micrometer.tagged.TaggedBulkheadMetrics;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.github.resilience4j.micrometer.tagged.TaggedRateLimiterMetrics;
import io.github.resilience4j.micrometer.tagged.TaggedRetryMetrics;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Meters of every request and attempt: timers {@code triptych.generation} and {@code triptych.attempt}, counters
 * {@code triptych.images} and {@code triptych.cost}; beside them the duration and the tokens of every request under the
 * names in {@link GenAiConventions}. Loaded only where Micrometer is on the class path.
 */
final class MicrometerObserver implements GenerationObserver {

    private static final String GENERATOR = "generator";
    private static final String PROVIDER = "provider";
    private static final String MODEL = "model";
    private static final String OUTCOME = "outcome";
    private static final String CACHE = "cache";

    private static final Duration[] BUCKETS = GenAiConventions.DURATION_BUCKETS.stream()
            .map(seconds -> Duration.ofMillis(Math.round(seconds * 1000)))
            .toArray(Duration[]::new);

    private final MeterRegistry meters;

    MicrometerObserver(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Binds the registries of {@code resilience} to {@code meters}, where Resilience4j's binders are there. */
    static void bind(Resilience resilience, MeterRegistry meters) {
        TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(resilience.unwrap(CircuitBreakerRegistry.class))
                .bindTo(meters);
        TaggedRateLimiterMetrics.ofRateLimiterRegistry(resilience.unwrap(RateLimiterRegistry.class))
                .bindTo(meters);
        TaggedBulkheadMetrics.ofBulkheadRegistry(resilience.unwrap(BulkheadRegistry.class))
                .bindTo(meters);
        TaggedRetryMetrics.ofRetryRegistry(resilience.unwrap(RetryRegistry.class))
                .bindTo(meters);
    }

    @Override
    public Watch requestStarted(GeneratorInfo generator, ImageRequest request, String requestId) {
        Timer.Sample sample = Timer.start(meters);
        return new Watch() {
            @Override
            public void succeeded(ImageResult result) {
                GeneratorInfo served = result.execution().servedBy();
                CacheStatus cache = result.execution().cache();
                conventional(
                        sample.stop(timer("triptych.generation", served, "SUCCESS", cache.name())),
                        generator,
                        served,
                        "");
                if (cache != CacheStatus.HIT) {
                    result.usage().ifPresent(usage -> tokens(usage, generator, served));
                }
                meters.counter("triptych.images", GENERATOR, served.name(), CACHE, cache.name())
                        .increment(result.images().size());
                result.cost()
                        .ifPresent(cost -> meters.counter(
                                        "triptych.cost", GENERATOR, served.name(), "currency", cost.currency())
                                .increment(cost.amount().doubleValue()));
            }

            @Override
            public void failed(Throwable error) {
                long nanos = sample.stop(timer("triptych.generation", generator, word(error), "NONE"));
                conventional(nanos, generator, null, GenAiConventions.errorType(error));
            }
        };
    }

    @Override
    public Watch attemptStarted(GeneratorInfo generator, ImageRequest request, String requestId, int attempt) {
        Timer.Sample sample = Timer.start(meters);
        return new Watch() {
            @Override
            public void succeeded(ImageResult result) {
                sample.stop(timer("triptych.attempt", generator, "SUCCESS", "NONE"));
            }

            @Override
            public void failed(Throwable error) {
                sample.stop(timer("triptych.attempt", generator, word(error), "NONE"));
            }
        };
    }

    /** Every meter of one name has the same keys: what does not apply is {@code ""}. */
    private void conventional(long nanos, GeneratorInfo generator, @Nullable GeneratorInfo served, String errorType) {
        Timer.builder(GenAiConventions.DURATION)
                .tags(tags(generator, served).and(GenAiConventions.ERROR_TYPE, errorType))
                .serviceLevelObjectives(BUCKETS)
                .register(meters)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private void tokens(Usage usage, GeneratorInfo generator, GeneratorInfo served) {
        Tags tags = tags(generator, served);
        count(GenAiConventions.INPUT_TOKENS_COUNTER, "text", tags, usage.inputTextTokens());
        count(GenAiConventions.INPUT_TOKENS_COUNTER, "image", tags, usage.inputImageTokens());
        count(GenAiConventions.OUTPUT_TOKENS_COUNTER, "image", tags, usage.outputTokens());
    }

    private void count(String name, String modality, Tags tags, OptionalLong tokens) {
        tokens.ifPresent(count -> meters.counter(name, tags.and(GenAiConventions.MODALITY, modality))
                .increment((double) count));
    }

    private static Tags tags(GeneratorInfo generator, @Nullable GeneratorInfo served) {
        return Tags.of(
                GenAiConventions.OPERATION,
                GenAiConventions.OPERATION_VALUE,
                GenAiConventions.PROVIDER,
                GenAiConventions.provider(generator),
                GenAiConventions.REQUEST_MODEL,
                generator.model(),
                GenAiConventions.RESPONSE_MODEL,
                served == null ? "" : served.model());
    }

    private Timer timer(String name, GeneratorInfo generator, String outcome, String cache) {
        return meters.timer(
                name,
                GENERATOR,
                generator.name(),
                PROVIDER,
                generator.provider(),
                MODEL,
                generator.model(),
                OUTCOME,
                outcome,
                CACHE,
                cache);
    }

    /** {@code RateLimitedException} as {@code RATE_LIMITED}. */
    private static String word(Throwable error) {
        return error.getClass()
                .getSimpleName()
                .replaceFirst("Exception$", "")
                .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                .toUpperCase(Locale.ROOT);
    }
}
