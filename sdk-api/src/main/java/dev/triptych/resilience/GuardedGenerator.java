package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A provider behind its own limits: rate limit → bulkhead → circuit breaker → retry → timeout → split → provider.
 * Thread-safe.
 */
public final class GuardedGenerator implements ImageGenerator {

    private final ImageGenerator provider;
    private final GeneratorInfo info;
    private final Stage first;
    private final List<String> stages;
    private final GuardParts parts;
    private final List<Runnable> unregister;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable Capabilities capabilities;

    private GuardedGenerator(ImageGenerator provider, GuardSettings settings, GuardParts parts) {
        this.provider = provider;
        this.info = provider.info();
        Chain chain = new Chain(provider, info, settings, parts);
        this.first = chain.outermost;
        this.stages = List.copyOf(chain.names);
        this.parts = parts;
        this.unregister = List.copyOf(chain.unregister);
    }

    /** {@code provider} behind {@code settings}. Closing it closes the provider. */
    public static GuardedGenerator of(ImageGenerator provider, GuardSettings settings, GuardParts parts) {
        return new GuardedGenerator(provider, settings, parts);
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        Call call = Call.first(
                request, context, context.attachment(ChainScope.class).orElse(ChainScope.ALONE));
        ImageResult result = first.run(call);
        return result.withExecution(
                result.execution().withAttempts(Math.max(1, call.providerCalls().get())));
    }

    /**
     * The provider's capabilities, but for the number of pictures: a request is split into as many calls as it takes.
     */
    @Override
    public Capabilities capabilities() {
        Capabilities known = capabilities;
        if (known == null) {
            known = provider.capabilities().withMaxImagesPerCall(ImageRequest.MAX_COUNT);
            capabilities = known;
        }
        return known;
    }

    @Override
    public GeneratorInfo info() {
        return info;
    }

    /** Also gives the journal and the registries of Resilience4j. */
    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        Optional<T> shared = parts.resilience()
                .find(type)
                .or(() -> parts.journal().filter(type::isInstance).map(type::cast));
        return shared.orElseGet(() -> provider.unwrap(type));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            unregister.forEach(Runnable::run);
            provider.close();
        }
    }

    /** The chain, outermost first. */
    @Override
    public String toString() {
        return info.name() + ": " + String.join(" → ", stages);
    }

    /** Builds the chain from its inner end; each part that a setting leaves out is not there. */
    private static final class Chain {
        private final Deque<String> names = new ArrayDeque<>();
        private final List<Runnable> unregister = new ArrayList<>();
        private Stage outermost;

        private Chain(ImageGenerator provider, GeneratorInfo info, GuardSettings settings, GuardParts parts) {
            Resilience registries = parts.resilience();
            Surroundings surroundings = parts.surroundings();
            registries.remove(info.name());
            AttemptTimeout timeout = new AttemptTimeout(info, settings.timeout(), surroundings.alarm());

            outermost = new ProviderStage(provider, info, parts.journal());
            names.push("provider");
            outermost = new SplitStage(info, provider::capabilities, settings.parallelCalls(), outermost);
            names.push("split");
            outermost = new TimeoutStage(timeout, outermost);
            names.push("timeout");
            if (!parts.observers().isEmpty()) {
                outermost = new ObservedAttempt(info, parts.observers(), outermost);
            }
            addRetry(provider, info, settings.retry(), registries, surroundings, timeout);
            settings.circuitBreaker().ifPresent(value -> addBreaker(info, value, registries, surroundings));
            settings.bulkhead().ifPresent(value -> addBulkhead(info, value, registries));
            settings.rateLimit().ifPresent(value -> addRateLimit(info, value, registries, surroundings));
        }

        private void addRetry(
                ImageGenerator provider,
                GeneratorInfo info,
                RetrySettings settings,
                Resilience registries,
                Surroundings surroundings,
                AttemptTimeout timeout) {
            RetryStage stage = new RetryStage(
                    info, provider::capabilities, settings, registries.retries(), surroundings, timeout, outermost);
            add("retry", stage, () -> {
                if (registries
                        .retries()
                        .find(info.name())
                        .filter(stage.retry()::equals)
                        .isPresent()) {
                    registries.retries().remove(info.name());
                }
            });
        }

        private void addBreaker(
                GeneratorInfo info, CircuitBreakerSettings settings, Resilience registries, Surroundings surroundings) {
            CircuitBreakerStage stage = new CircuitBreakerStage(
                    info, settings, registries.circuitBreakers(), surroundings.clock(), outermost);
            add("circuit breaker", stage, () -> {
                if (registries
                        .circuitBreakers()
                        .find(info.name())
                        .filter(stage.breaker()::equals)
                        .isPresent()) {
                    registries.circuitBreakers().remove(info.name());
                }
            });
        }

        private void addBulkhead(GeneratorInfo info, BulkheadSettings settings, Resilience registries) {
            BulkheadStage stage = new BulkheadStage(info, settings, registries.bulkheads(), outermost);
            add("bulkhead", stage, () -> {
                if (registries
                        .bulkheads()
                        .find(info.name())
                        .filter(stage.bulkhead()::equals)
                        .isPresent()) {
                    registries.bulkheads().remove(info.name());
                }
            });
        }

        private void addRateLimit(
                GeneratorInfo info, RateLimitSettings settings, Resilience registries, Surroundings surroundings) {
            RateLimitStage stage =
                    new RateLimitStage(info, settings, registries.rateLimiters(), surroundings.sleeper(), outermost);
            add("rate limit", stage, () -> {
                if (registries
                        .rateLimiters()
                        .find(info.name())
                        .filter(stage.limiter()::equals)
                        .isPresent()) {
                    registries.rateLimiters().remove(info.name());
                }
            });
        }

        private void add(String name, Stage stage, Runnable atTheEnd) {
            outermost = stage;
            names.push(name);
            unregister.add(atTheEnd);
        }
    }
}
