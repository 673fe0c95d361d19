package dev.triptych.config;

import dev.triptych.resilience.BulkheadSettings;
import dev.triptych.resilience.CircuitBreakerSettings;
import dev.triptych.resilience.FallbackReason;
import dev.triptych.resilience.FallbackSettings;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.RateLimitSettings;
import dev.triptych.resilience.RetrySettings;
import dev.triptych.resilience.UnknownOutcome;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads what stands around one generator: from section {@code resilience}, then from the generator's own settings. */
final class GuardConfig {

    private final ChainSection section;
    private final GuardSettings base;

    private GuardConfig(ChainSection section, GuardSettings base) {
        this.section = section;
        this.base = base;
    }

    /** {@code base} with all that {@code section} says. */
    static GuardSettings read(ChainSection section, GuardSettings base) {
        return ChainSection.checked(section.path() + ".", () -> new GuardConfig(section, base).settings());
    }

    /**
     * Checks the keys of {@code section} and not yet their values, which may refer to secrets.
     *
     * @throws ConfigException naming the nearest known key
     */
    static void checkKeys(ChainSection section) {
        Map.of(
                        "retry", ChainKeys.RETRY,
                        "rate-limit", ChainKeys.RATE_LIMIT,
                        "bulkhead", ChainKeys.BULKHEAD,
                        "circuit-breaker", ChainKeys.CIRCUIT_BREAKER)
                .forEach((key, known) -> {
                    if (section.settings().isMap(key)) {
                        ChainSection.of(
                                section.path() + "." + key, section.settings().map(key), known);
                    }
                });
    }

    /**
     * Checks that there is the server that {@code guard} names.
     *
     * @throws ConfigException if there is not
     */
    static void requireShared(String path, GuardSettings guard, StandardSettings settings) {
        guard.rateLimit()
                .filter(limit -> limit.store() == RateLimitSettings.Store.REDIS)
                .ifPresent(limit -> ChainSection.checked("", () -> {
                    StandardSettings.requireServer(
                            path + "rate-limit.store", false, settings.shared().orElseGet(SharedSettings::none));
                    return limit;
                }));
    }

    private GuardSettings settings() {
        return new GuardSettings(
                rateLimit(),
                bulkhead(),
                circuitBreaker(),
                retry(),
                timeout(),
                section.integer("parallel-calls", base.parallelCalls()));
    }

    private Optional<Duration> timeout() {
        if (!section.settings().has("timeout")) {
            return base.timeout();
        }
        return section.isOff("timeout") ? Optional.empty() : section.settings().duration("timeout");
    }

    private RetrySettings retry() {
        if (section.isOff("retry")) {
            return RetrySettings.off();
        }
        RetrySettings from = base.retry();
        return section.child("retry", ChainKeys.RETRY)
                .map(own -> new RetrySettings(
                        own.integer("max-attempts", from.maxAttempts()),
                        own.settings().duration("initial-delay").orElse(from.initialDelay()),
                        own.decimal("factor").map(Number::doubleValue).orElse(from.factor()),
                        own.settings().duration("max-delay").orElse(from.maxDelay()),
                        own.settings().duration("retry-after-cap").orElse(from.retryAfterCap()),
                        own.word("unknown", UnknownOutcome.class).orElse(from.unknownOutcome())))
                .orElse(from);
    }

    private Optional<RateLimitSettings> rateLimit() {
        if (section.isOff("rate-limit")) {
            return Optional.empty();
        }
        return section.child("rate-limit", ChainKeys.RATE_LIMIT)
                .map(own -> {
                    int permits =
                            base.rateLimit().map(RateLimitSettings::permits).orElse(0);
                    RateLimitSettings from = base.rateLimit().orElse(RateLimitSettings.perMinute(1));
                    return new RateLimitSettings(
                            own.integer("permits", permits),
                            own.settings().duration("period").orElse(from.period()),
                            own.settings().duration("max-wait").orElse(from.maxWait()),
                            own.word("store", RateLimitSettings.Store.class).orElse(from.store()));
                })
                .or(base::rateLimit);
    }

    private Optional<BulkheadSettings> bulkhead() {
        if (section.isOff("bulkhead")) {
            return Optional.empty();
        }
        BulkheadSettings from = base.bulkhead().orElse(BulkheadSettings.standard());
        return section.child("bulkhead", ChainKeys.BULKHEAD)
                .map(own -> new BulkheadSettings(
                        own.integer("max-concurrent", from.maxConcurrent()),
                        own.integer("max-waiting", from.maxWaiting()),
                        own.settings().duration("max-wait").orElse(from.maxWait())))
                .or(base::bulkhead);
    }

    private Optional<CircuitBreakerSettings> circuitBreaker() {
        if (section.isOff("circuit-breaker")) {
            return Optional.empty();
        }
        CircuitBreakerSettings from = base.circuitBreaker().orElse(CircuitBreakerSettings.standard());
        return section.child("circuit-breaker", ChainKeys.CIRCUIT_BREAKER)
                .map(own -> new CircuitBreakerSettings(
                        own.integer("failure-percent", from.failurePercent()),
                        own.integer("window", from.window()),
                        own.integer("min-calls", from.minCalls()),
                        own.settings().duration("open-for").orElse(from.openFor()),
                        own.integer("trial-calls", from.trialCalls())))
                .or(base::circuitBreaker);
    }

    /** When a chain goes on, by {@code section}, else by {@code base}. */
    static FallbackSettings fallback(ChainSection section, FallbackSettings base) {
        if (!section.settings().has("fallback-on")) {
            return base;
        }
        return new FallbackSettings(section.settings().strings("fallback-on").stream()
                .map(word -> section.constant("fallback-on", word, FallbackReason.class))
                .collect(Collectors.toSet()));
    }
}
