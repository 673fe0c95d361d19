package dev.triptych.resilience;

import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.Registry;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The circuit breakers, limiters, bulkheads and retries of an application's generators, by the generators' names. They
 * are Resilience4j's own registries, so its Micrometer binders work on them:
 *
 * <pre>{@code
 * CircuitBreakerRegistry breakers = resilience.unwrap(CircuitBreakerRegistry.class);
 * TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(breakers).bindTo(meterRegistry);
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class Resilience {

    private final CircuitBreakerRegistry circuitBreakers = CircuitBreakerRegistry.ofDefaults();
    private final RateLimiterRegistry rateLimiters = RateLimiterRegistry.ofDefaults();
    private final BulkheadRegistry bulkheads = BulkheadRegistry.ofDefaults();
    private final RetryRegistry retries = RetryRegistry.ofDefaults();

    /** Registries with nothing in them yet. */
    public Resilience() {}

    /**
     * The registry of a Resilience4j type.
     *
     * @throws IllegalArgumentException if there is none of type {@code type}
     */
    public <T> T unwrap(Class<T> type) {
        return find(type)
                .orElseThrow(() -> new IllegalArgumentException("unwrap expected a CircuitBreakerRegistry,"
                        + " RateLimiterRegistry, BulkheadRegistry or RetryRegistry but found " + type.getName()));
    }

    <T> Optional<T> find(Class<T> type) {
        return Stream.of(circuitBreakers, rateLimiters, bulkheads, retries)
                .filter(type::isInstance)
                .<T>map(type::cast)
                .findFirst();
    }

    /** Forgets what belongs to the generator {@code name}, so that its metrics end. */
    void remove(String name) {
        circuitBreakers.remove(name);
        rateLimiters.remove(name);
        bulkheads.remove(name);
        retries.remove(name);
    }

    /** Takes {@code own} out of {@code registry}, unless another of its name has taken its place. */
    static <E> void removeOwn(Registry<E, ?> registry, String name, E own) {
        if (registry.find(name).filter(own::equals).isPresent()) {
            registry.remove(name);
        }
    }

    CircuitBreakerRegistry circuitBreakers() {
        return circuitBreakers;
    }

    RateLimiterRegistry rateLimiters() {
        return rateLimiters;
    }

    BulkheadRegistry bulkheads() {
        return bulkheads;
    }

    RetryRegistry retries() {
        return retries;
    }
}
