package dev.triptych.resilience;

import static dev.triptych.resilience.GenAiConventions.DURATION;
import static dev.triptych.resilience.GenAiConventions.DURATION_BUCKETS;
import static dev.triptych.resilience.GenAiConventions.ERROR_TYPE;
import static dev.triptych.resilience.GenAiConventions.INPUT_IMAGE_TOKENS;
import static dev.triptych.resilience.GenAiConventions.INPUT_TEXT_TOKENS;
import static dev.triptych.resilience.GenAiConventions.INPUT_TOKENS;
import static dev.triptych.resilience.GenAiConventions.INPUT_TOKENS_COUNTER;
import static dev.triptych.resilience.GenAiConventions.MODALITY;
import static dev.triptych.resilience.GenAiConventions.OPERATION;
import static dev.triptych.resilience.GenAiConventions.OPERATION_VALUE;
import static dev.triptych.resilience.GenAiConventions.OUTPUT_IMAGE_TOKENS;
import static dev.triptych.resilience.GenAiConventions.OUTPUT_TOKENS;
import static dev.triptych.resilience.GenAiConventions.OUTPUT_TOKENS_COUNTER;
import static dev.triptych.resilience.GenAiConventions.OUTPUT_TYPE;
import static dev.triptych.resilience.GenAiConventions.OUTPUT_TYPE_VALUE;
import static dev.triptych.resilience.GenAiConventions.PROVIDER;
import static dev.triptych.resilience.GenAiConventions.REQUEST_COUNT;
import static dev.triptych.resilience.GenAiConventions.REQUEST_MODEL;
import static dev.triptych.resilience.GenAiConventions.REQUEST_SEED;
import static dev.triptych.resilience.GenAiConventions.RESPONSE_MODEL;
import static dev.triptych.resilience.GenAiConventions.TOKEN;

import dev.triptych.CacheStatus;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Usage;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A span of every request, named as {@link GenAiConventions} has it, and within it one of each attempt; the request's
 * duration and its tokens as metrics. None holds a prompt. Loaded only where OpenTelemetry is on the class path.
 */
final class OpenTelemetryObserver implements GenerationObserver {

    private static final String SCOPE = "dev.triptych";
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Supplier<OpenTelemetry> telemetry;
    private final LongSupplier nanos;

    /**
     * Spans and metrics go where {@code telemetry} says when a request begins, since an application may set that late.
     */
    OpenTelemetryObserver(Supplier<OpenTelemetry> telemetry) {
        this(telemetry, System::nanoTime);
    }

    OpenTelemetryObserver(Supplier<OpenTelemetry> telemetry, LongSupplier nanos) {
        this.telemetry = telemetry;
        this.nanos = nanos;
    }

    @Override
    public Watch requestStarted(GeneratorInfo generator, ImageRequest request, String requestId) {
        OpenTelemetry now = telemetry.get();
        SpanBuilder span = builder(now, GenAiConventions.spanName(generator), generator, requestId)
                .setAttribute(OPERATION, OPERATION_VALUE)
                .setAttribute(OUTPUT_TYPE, OUTPUT_TYPE_VALUE)
                .setAttribute("triptych.operation", request.operation().name());
        if (request.count() != 1) {
            span.setAttribute(REQUEST_COUNT, (long) request.count());
        }
        request.seed().ifPresent(seed -> span.setAttribute(REQUEST_SEED, seed));
        request.size().ifPresent(size -> span.setAttribute("triptych.image.size", size.toString()));
        request.steps().ifPresent(steps -> span.setAttribute("triptych.steps", (long) steps));
        request.guidanceScale().ifPresent(scale -> span.setAttribute("triptych.guidance_scale", scale));
        return new SpanWatch(span.startSpan(), new RequestMetrics(now.getMeter(SCOPE), generator));
    }

    @Override
    public Watch attemptStarted(GeneratorInfo generator, ImageRequest request, String requestId, int attempt) {
        Span span = builder(telemetry.get(), "triptych.attempt", generator, requestId)
                .setAttribute("triptych.attempt", (long) attempt)
                .startSpan();
        return new SpanWatch(span, Watch.NONE);
    }

    private static SpanBuilder builder(
            OpenTelemetry telemetry, String name, GeneratorInfo generator, String requestId) {
        return telemetry
                .getTracer(SCOPE)
                .spanBuilder(name)
                .setSpanKind(generator.local() ? SpanKind.INTERNAL : SpanKind.CLIENT)
                .setAttribute(PROVIDER, GenAiConventions.provider(generator))
                .setAttribute(REQUEST_MODEL, generator.model())
                .setAttribute("triptych.generator", generator.name())
                .setAttribute("triptych.request.id", requestId);
    }

    /** A span that is the thread's current one until it ends; then {@code metrics} hears the same. */
    private static final class SpanWatch implements Watch {
        private final Span span;
        private final Scope scope;
        private final Watch metrics;

        @SuppressWarnings("MustBeClosed") // closed where the watch ends
        private SpanWatch(Span span, Watch metrics) {
            this.span = span;
            this.scope = span.makeCurrent();
            this.metrics = metrics;
        }

        @Override
        public void succeeded(ImageResult result) {
            metrics.succeeded(result);
            GeneratorInfo served = result.execution().servedBy();
            span.setAttribute(RESPONSE_MODEL, served.model());
            span.setAttribute("triptych.served.by", served.name());
            span.setAttribute("triptych.cache", result.execution().cache().name());
            span.setAttribute("triptych.images", (long) result.images().size());
            result.cost()
                    .ifPresent(cost ->
                            span.setAttribute("triptych.cost", cost.amount().toPlainString() + " " + cost.currency()));
            result.usage().ifPresent(this::tokens);
            end();
        }

        private void tokens(Usage usage) {
            usage.inputTextTokens().ifPresent(count -> span.setAttribute(INPUT_TEXT_TOKENS, count));
            usage.inputImageTokens().ifPresent(count -> span.setAttribute(INPUT_IMAGE_TOKENS, count));
            if (usage.inputTextTokens().isPresent() || usage.inputImageTokens().isPresent()) {
                span.setAttribute(
                        INPUT_TOKENS,
                        usage.inputTextTokens().orElse(0)
                                + usage.inputImageTokens().orElse(0));
            }
            usage.outputTokens().ifPresent(count -> {
                span.setAttribute(OUTPUT_TOKENS, count);
                span.setAttribute(OUTPUT_IMAGE_TOKENS, count);
            });
        }

        @Override
        public void failed(Throwable error) {
            metrics.failed(error);
            span.setStatus(StatusCode.ERROR);
            span.setAttribute(ERROR_TYPE, GenAiConventions.errorType(error));
            if (error instanceof ImageGenerationException known) {
                span.setAttribute("triptych.outcome", known.outcome().name());
            }
            end();
        }

        private void end() {
            scope.close();
            span.end();
        }
    }

    /** The duration of one request, and the tokens that it used; those of a cached result were counted before. */
    private final class RequestMetrics implements Watch {
        private final Meter meter;
        private final GeneratorInfo generator;
        private final long start = nanos.getAsLong();

        private RequestMetrics(Meter meter, GeneratorInfo generator) {
            this.meter = meter;
            this.generator = generator;
        }

        @Override
        public void succeeded(ImageResult result) {
            GeneratorInfo served = result.execution().servedBy();
            record(common().put(RESPONSE_MODEL, served.model()).build());
            if (result.execution().cache() != CacheStatus.HIT) {
                result.usage().ifPresent(usage -> {
                    count(INPUT_TOKENS_COUNTER, "text", served, usage.inputTextTokens());
                    count(INPUT_TOKENS_COUNTER, "image", served, usage.inputImageTokens());
                    count(OUTPUT_TOKENS_COUNTER, "image", served, usage.outputTokens());
                });
            }
        }

        @Override
        public void failed(Throwable error) {
            record(common().put(ERROR_TYPE, GenAiConventions.errorType(error)).build());
        }

        private AttributesBuilder common() {
            return Attributes.builder()
                    .put(OPERATION, OPERATION_VALUE)
                    .put(PROVIDER, GenAiConventions.provider(generator))
                    .put(REQUEST_MODEL, generator.model());
        }

        private void record(Attributes attributes) {
            meter.histogramBuilder(DURATION)
                    .setUnit("s")
                    .setDescription("Duration of making pictures, with all attempts.")
                    .setExplicitBucketBoundariesAdvice(DURATION_BUCKETS)
                    .build()
                    .record((nanos.getAsLong() - start) / NANOS_PER_SECOND, attributes);
        }

        private void count(String name, String modality, GeneratorInfo served, OptionalLong tokens) {
            tokens.ifPresent(count -> meter.counterBuilder(name)
                    .setUnit(TOKEN)
                    .build()
                    .add(
                            count,
                            common().put(RESPONSE_MODEL, served.model())
                                    .put(MODALITY, modality)
                                    .build()));
        }
    }
}
