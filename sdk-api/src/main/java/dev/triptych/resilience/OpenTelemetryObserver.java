package dev.triptych.resilience;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * A span of every request and, within it, one of each attempt. No span holds a prompt. Loaded only where OpenTelemetry
 * is on the class path.
 */
final class OpenTelemetryObserver implements GenerationObserver {

    private final Supplier<OpenTelemetry> telemetry;

    /** Spans go where {@code telemetry} says when a request begins, since an application may set that late. */
    OpenTelemetryObserver(Supplier<OpenTelemetry> telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public Watch requestStarted(GeneratorInfo generator, ImageRequest request, String requestId) {
        return new SpanWatch(begin("triptych.generation", SpanKind.INTERNAL, generator, request, requestId));
    }

    @Override
    public Watch attemptStarted(GeneratorInfo generator, ImageRequest request, String requestId, int attempt) {
        SpanKind kind = generator.local() ? SpanKind.INTERNAL : SpanKind.CLIENT;
        Span span = begin("triptych.attempt", kind, generator, request, requestId);
        span.setAttribute("triptych.attempt", attempt);
        return new SpanWatch(span);
    }

    private Span begin(String name, SpanKind kind, GeneratorInfo generator, ImageRequest request, String requestId) {
        return telemetry
                .get()
                .getTracer("dev.triptych")
                .spanBuilder(name)
                .setSpanKind(kind)
                .setAttribute("gen_ai.provider.name", generator.provider())
                .setAttribute("gen_ai.request.model", generator.model())
                .setAttribute(
                        "gen_ai.operation.name", request.operation().name().toLowerCase(Locale.ROOT))
                .setAttribute("triptych.generator", generator.name())
                .setAttribute("triptych.request.id", requestId)
                .setAttribute("triptych.request.count", request.count())
                .startSpan();
    }

    /** A span that is the thread's current one until it ends. */
    private static final class SpanWatch implements Watch {
        private final Span span;
        private final Scope scope;

        @SuppressWarnings("MustBeClosed") // closed where the watch ends
        private SpanWatch(Span span) {
            this.span = span;
            this.scope = span.makeCurrent();
        }

        @Override
        public void succeeded(ImageResult result) {
            span.setAttribute(
                    "triptych.served.by", result.execution().servedBy().name());
            span.setAttribute("triptych.cache", result.execution().cache().name());
            span.setAttribute("triptych.images", result.images().size());
            end();
        }

        @Override
        public void failed(Throwable error) {
            span.setStatus(StatusCode.ERROR);
            span.setAttribute("error.type", error.getClass().getSimpleName());
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
}
