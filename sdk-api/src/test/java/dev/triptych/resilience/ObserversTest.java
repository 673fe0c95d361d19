package dev.triptych.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.triptych.CacheStatus;
import dev.triptych.Cost;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.Usage;
import dev.triptych.testkit.FaultyGenerator;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
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
                .containsExactly("triptych.attempt", "triptych.attempt", "generate_content tiny");
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
    void namesThingsAsOpenTelemetrysConventionsDo() {
        InMemorySpanExporter spans = InMemorySpanExporter.create();
        InMemoryMetricReader metrics = InMemoryMetricReader.create();
        OpenTelemetrySdk telemetry = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(spans))
                        .build())
                .setMeterProvider(
                        SdkMeterProvider.builder().registerMetricReader(metrics).build())
                .build();
        AtomicLong nanos = new AtomicLong();
        OpenTelemetryObserver observer =
                new OpenTelemetryObserver(() -> telemetry, () -> nanos.getAndAdd(1_500_000_000));
        ImageRequest request = ImageRequest.builder()
                .prompt("a secret fox")
                .count(2)
                .seed(7)
                .size(16, 8)
                .steps(3)
                .build();

        observer.requestStarted(studio.info(), request, "request-1").succeeded(withTokens(studio.generate(request)));

        SpanData span = spans.getFinishedSpanItems().get(0);
        assertThat(span.getName()).isEqualTo("generate_content tiny");
        assertThat(span.getKind()).isEqualTo(SpanKind.INTERNAL);
        assertThat(text(span.getAttributes()))
                .containsEntry("gen_ai.operation.name", "generate_content")
                .containsEntry("gen_ai.output.type", "image")
                .containsEntry("gen_ai.provider.name", "faulty")
                .containsEntry("gen_ai.request.model", "tiny")
                .containsEntry("gen_ai.request.choice.count", "2")
                .containsEntry("gen_ai.request.seed", "7")
                .containsEntry("gen_ai.response.model", "tiny")
                .containsEntry("gen_ai.usage.input_tokens", "14")
                .containsEntry("gen_ai.usage.text.input_tokens", "10")
                .containsEntry("gen_ai.usage.image.input_tokens", "4")
                .containsEntry("gen_ai.usage.output_tokens", "300")
                .containsEntry("triptych.image.size", "16x8")
                .containsEntry("triptych.steps", "3");
        Map<String, MetricData> named = new TreeMap<>();
        metrics.collectAllMetrics().forEach(each -> named.put(each.getName(), each));
        assertThat(named.keySet())
                .containsExactly(
                        "gen_ai.client.inference.duration",
                        "gen_ai.client.inference.usage.input_tokens",
                        "gen_ai.client.inference.usage.output_tokens");
        assertThat(Objects.requireNonNull(named.get("gen_ai.client.inference.duration"))
                        .getHistogramData()
                        .getPoints())
                .singleElement()
                .satisfies(point -> {
                    assertThat(point.getSum()).isEqualTo(1.5);
                    assertThat(point.getBoundaries()).contains(0.01, 81.92, 327.68);
                    assertThat(text(point.getAttributes()).keySet())
                            .containsExactly(
                                    "gen_ai.operation.name",
                                    "gen_ai.provider.name",
                                    "gen_ai.request.model",
                                    "gen_ai.response.model");
                });
        assertThat(Objects.requireNonNull(named.get("gen_ai.client.inference.usage.input_tokens"))
                        .getLongSumData()
                        .getPoints())
                .extracting(point -> text(point.getAttributes()).get("gen_ai.token.modality"), LongPointData::getValue)
                .containsExactlyInAnyOrder(tuple("text", 10L), tuple("image", 4L));
        assertThat(spans.getFinishedSpanItems().toString()).doesNotContain("secret");
    }

    @Test
    void givesMicrometerTheSameNames() {
        MeterRegistry meters = new SimpleMeterRegistry();
        MicrometerObserver observer = new MicrometerObserver(meters);
        ImageRequest request = ImageRequest.of("a fox");
        ImageResult result = withTokens(studio.generate(request));

        observer.requestStarted(studio.info(), request, "request-1").succeeded(result);
        observer.requestStarted(studio.info(), request, "request-2")
                .succeeded(result.withExecution(result.execution().withCache(CacheStatus.HIT)));
        observer.requestStarted(studio.info(), request, "request-3").failed(Failures.refused());

        assertThat(meters.get("gen_ai.client.inference.duration")
                        .tags("gen_ai.operation.name", "generate_content", "error.type", "")
                        .timer()
                        .count())
                .isEqualTo(2);
        assertThat(meters.get("gen_ai.client.inference.duration")
                        .tags("error.type", "ContentRejectedException")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(meters.get("gen_ai.client.inference.usage.input_tokens")
                        .tags("gen_ai.token.modality", "text")
                        .counter()
                        .count())
                .isEqualTo(10);
        assertThat(meters.get("gen_ai.client.inference.usage.output_tokens")
                        .tags("gen_ai.token.modality", "image")
                        .counter()
                        .count())
                .isEqualTo(300);
    }

    private static ImageResult withTokens(ImageResult result) {
        return new ImageResult(
                result.images(),
                result.failures(),
                result.warnings(),
                Optional.of(new Usage(OptionalLong.of(10), OptionalLong.of(4), OptionalLong.of(300))),
                result.cost(),
                result.execution());
    }

    private static Map<String, String> text(Attributes attributes) {
        Map<String, String> text = new TreeMap<>();
        attributes.forEach((key, value) -> text.put(key.getKey(), value.toString()));
        return text;
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
