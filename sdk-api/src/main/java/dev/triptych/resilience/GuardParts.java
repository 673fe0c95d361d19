package dev.triptych.resilience;

import dev.triptych.ledger.CallJournal;
import java.util.List;
import java.util.Optional;

/**
 * What the guarded generators of one application share.
 *
 * @param resilience where their circuit breakers, limiters, bulkheads and retries are registered
 * @param sharedLimits where rate limits are kept that other machines share; empty = nowhere
 * @param journal where each billed call is written down; empty = nowhere
 * @param observers who watches each attempt
 * @param surroundings time and chance
 */
public record GuardParts(
        Resilience resilience,
        Optional<RateLimits> sharedLimits,
        Optional<CallJournal> journal,
        List<GenerationObserver> observers,
        Surroundings surroundings) {

    /** Copies the list. */
    public GuardParts {
        observers = List.copyOf(observers);
    }

    /** The same without limits that other machines share. */
    public GuardParts(
            Resilience resilience,
            Optional<CallJournal> journal,
            List<GenerationObserver> observers,
            Surroundings surroundings) {
        this(resilience, Optional.empty(), journal, observers, surroundings);
    }

    /** Registries of their own, no journal, no observer, real time. */
    public static GuardParts standard() {
        return new GuardParts(new Resilience(), Optional.empty(), List.of(), Surroundings.real());
    }

    /**
     * The permits of {@code name}.
     *
     * @throws IllegalArgumentException if other machines shall share them and there is nowhere to keep them
     */
    Permits permits(String name, RateLimitSettings settings) {
        if (settings.store() == RateLimitSettings.Store.LOCAL) {
            return new LocalPermits(name, settings, resilience.rateLimiters());
        }
        return sharedLimits
                .orElseThrow(() -> new IllegalArgumentException(
                        "rate-limit.store is redis, so shared.redis must be set but was not"))
                .of(name, settings);
    }
}
