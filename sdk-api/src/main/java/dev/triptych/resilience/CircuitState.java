package dev.triptych.resilience;

import dev.triptych.ImageGenerator;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.util.Optional;

/** Whether a generator's circuit breaker lets calls through; for health checks. */
public enum CircuitState {
    /** Calls go through. */
    CLOSED,
    /** The generator is left alone for a while: calls fail at once, or go on to the next generator. */
    OPEN,
    /** A few calls try whether it is back. */
    TRYING;

    /**
     * The state of the circuit breaker that {@code generator} has around the one that is configured as {@code name};
     * empty where there is none, as around a local generator.
     */
    public static Optional<CircuitState> of(ImageGenerator generator, String name) {
        return breakers(generator)
                .flatMap(breakers -> breakers.find(name))
                .map(CircuitBreaker::getState)
                .map(CircuitState::of);
    }

    private static Optional<CircuitBreakerRegistry> breakers(ImageGenerator generator) {
        try {
            return Optional.of(generator.unwrap(CircuitBreakerRegistry.class));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static CircuitState of(CircuitBreaker.State state) {
        return switch (state) {
            case OPEN, FORCED_OPEN -> OPEN;
            case HALF_OPEN -> TRYING;
            case CLOSED, DISABLED, METRICS_ONLY -> CLOSED;
        };
    }
}
