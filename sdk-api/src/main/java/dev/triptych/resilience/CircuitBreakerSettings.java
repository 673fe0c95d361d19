package dev.triptych.resilience;

import java.time.Duration;

/**
 * When a provider that does not answer is left alone. Only errors of availability count as failures; a refusal, a wrong
 * key or a full quota is an answer.
 *
 * @param failurePercent the share of failures among the last requests that opens the circuit, 1 to 100
 * @param window how many of the last requests count, at least 1
 * @param minCalls below this many requests the circuit stays closed, at least 1
 * @param openFor how long it stays open before a few requests are let through to try
 * @param trialCalls how many those are, at least 1
 */
public record CircuitBreakerSettings(int failurePercent, int window, int minCalls, Duration openFor, int trialCalls) {

    /** @throws IllegalArgumentException if a number is out of range */
    public CircuitBreakerSettings {
        Checks.atLeast("circuit-breaker.failure-percent", 1, failurePercent);
        Checks.atLeast("circuit-breaker.window", 1, window);
        Checks.atLeast("circuit-breaker.min-calls", 1, minCalls);
        Checks.atLeast("circuit-breaker.trial-calls", 1, trialCalls);
        Checks.positive("circuit-breaker.open-for", openFor);
        if (failurePercent > 100) {
            throw new IllegalArgumentException(
                    "circuit-breaker.failure-percent must be at most 100 but was " + failurePercent);
        }
    }

    /** Opens for 30 s when half of the last 20 requests failed, 5 at the least; 2 requests try then. */
    public static CircuitBreakerSettings standard() {
        return new CircuitBreakerSettings(50, 20, 5, Duration.ofSeconds(30), 2);
    }
}
