package dev.triptych.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cost;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.testkit.FaultyGenerator;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ObserversTest {

    private final VirtualTime time = new VirtualTime();
    private final Resilience resilience = new Resilience();
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");

    private ImageGenerator observed(GenerationObserver observer) {
        GuardParts parts = new GuardParts(resilience, Optional.empty(), List.of(observer), time.surroundings());
        GuardSettings settings = GuardSettings.none()
                .withRetry(RetrySettings.standard())
                .withCircuitBreaker(CircuitBreakerSettings.standard());
        return new ObservedGenerator(GuardedGenerator.of(studio, settings, parts), List.of(observer));
    }

    private GenerationContext context() {
        return time.context().requestId("request-1").build();
    }

    @Test
    void countsAndTimesRequestsAndAttempts() {
        MeterRegistry meters = new SimpleMeterRegistry();
        MicrometerObserver.bind(resilience, meters);
        ImageGenerator generator = observed(new MicrometerObserver(meters));
        studio.costing(new Cost(new BigDecimal("0.04"), "USD", "list")).failNext(Failures.tooMany());

        generator.generate(ImageRequest.of("a fox").toBuilder().count(2).build(), context());
        studio.failNext(Failures.refused());
        assertThatThrownBy(() -> generator.generate(ImageRequest.of("a fox"), context()))
                .hasMessage("refused");

        assertThat(meters.get("triptych.generation")
                        .tags("outcome", "SUCCESS")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(meters.get("triptych.generation")
                        .tags("outcome", "CONTENT_REJECTED")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(meters.get("triptych.attempt")
                        .tags("outcome", "RATE_LIMITED")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(meters.get("triptych.images").counter().count()).isEqualTo(2);
        assertThat(meters.get("triptych.cost").tags("currency", "USD").counter().count())
                .isEqualTo(0.04);
        assertThat(meters.get("resilience4j.retry.calls")
                        .tags("name", "studio", "kind", "successful_with_retry")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
        assertThat(meters.get("resilience4j.circuitbreaker.state")
                        .tags("name", "studio", "state", "closed")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void makesASpanOfEveryRequestAndOneOfEachAttemptWithin() {
        InMemorySpanExporter spans = InMemorySpanExporter.create();
        OpenTelemetrySdk telemetry = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(spans))
                        .build())
                .build();
        studio.failNext(Failures.unavailable(Outcome.NOT_SENT));

        observed(new OpenTelemetryObserver(() -> telemetry)).generate(ImageRequest.of("a secret fox"), context());

        List<SpanData> finished = spans.getFinishedSpanItems();
        assertThat(finished)
                .extracting(SpanData::getName)
                .containsExactly("triptych.attempt", "triptych.attempt", "triptych.generation");
        SpanData request = finished.get(2);
        assertThat(finished.subList(0, 2)).extracting(SpanData::getParentSpanId).containsOnly(request.getSpanId());
        assertThat(finished.get(0).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(finished.get(0).getAttributes().get(AttributeKey.stringKey("triptych.outcome")))
                .isEqualTo("NOT_SENT");
        assertThat(request.getAttributes().get(AttributeKey.stringKey("triptych.served.by")))
                .isEqualTo("studio");
        assertThat(finished.toString()).doesNotContain("secret");
    }

    @Test
    void losesNothingToAnObserverThatThrows() {
        List<String> heard = new ArrayList<>();
        GenerationObserver broken = new GenerationObserver() {
            @Override
            public Watch requestStarted(GeneratorInfo generator, ImageRequest request, String requestId) {
                throw new NoClassDefFoundError("a meter that is not there");
            }

            @Override
            public Watch attemptStarted(GeneratorInfo generator, ImageRequest request, String requestId, int attempt) {
                return new Watch() {
                    @Override
                    public void succeeded(ImageResult result) {
                        throw new IllegalStateException("a meter that is full");
                    }

                    @Override
                    public void failed(Throwable error) {
                        throw new IllegalStateException("a meter that is full");
                    }
                };
            }
        };
        GenerationObserver listing = new GenerationObserver() {
            @Override
            public Watch attemptStarted(GeneratorInfo generator, ImageRequest request, String requestId, int attempt) {
                return new Watch() {
                    @Override
                    public void succeeded(ImageResult result) {
                        heard.add("succeeded");
                    }

                    @Override
                    public void failed(Throwable error) {
                        heard.add("failed");
                    }
                };
            }
        };
        List<GenerationObserver> observers = List.of(listing, broken, listing);
        GuardParts parts = new GuardParts(resilience, Optional.empty(), observers, time.surroundings());
        ImageGenerator generator = new ObservedGenerator(
                GuardedGenerator.of(
                        studio.failNext(Failures.tooMany()),
                        GuardSettings.none().withRetry(RetrySettings.standard()),
                        parts),
                observers);

        ImageResult result = generator.generate(ImageRequest.of("a fox"), context());

        assertThat(result.images()).hasSize(1);
        assertThat(heard).containsExactly("failed", "failed", "succeeded", "succeeded");
    }
}
