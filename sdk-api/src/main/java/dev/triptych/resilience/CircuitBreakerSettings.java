package dev.triptych.resilience;

import java.time.Duration;

/**
 * When a provider that does not answer is left alone. Only errors of availability count as failures; a refusal, a wrong
 * key or a full quota is an answer.
 *
 * @param failurePercent the share of failures among the last requests that opens the circuit, 1 to 100
 * @param window how many of the last requests count, 1 to 100 000
 * @param minCalls below this many requests the circuit stays closed, 1 to 100 000
 * @param openFor how long it stays open before a few requests are let through to try, at most 24 h
 * @param trialCalls how many those are, 1 to 10 000
 */
public record CircuitBreakerSettings(int failurePercent, int window, int minCalls, Duration openFor, int trialCalls) {

    /** @throws IllegalArgumentException if a number is out of range */
    public CircuitBreakerSettings {
        Checks.between("circuit-breaker.failure-percent", 1, 100, failurePercent);
        Checks.between("circuit-breaker.window", 1, 100_000, window);
        Checks.between("circuit-breaker.min-calls", 1, 100_000, minCalls);
        Checks.between("circuit-breaker.trial-calls", 1, 10_000, trialCalls);
        Checks.positive("circuit-breaker.open-for", Checks.DAY, openFor);
    }

    /** Opens for 30 s when half of the last 20 requests failed, 5 at the least; 2 requests try then. */
    public static CircuitBreakerSettings standard() {
        return new CircuitBreakerSettings(50, 20, 5, Duration.ofSeconds(30), 2);
    }
}
