package dev.triptych.resilience;

import dev.triptych.ledger.CallJournal;
import java.util.List;
import java.util.Optional;

/**
 * What the guarded generators of one application share.
 *
 * @param resilience where their circuit breakers, limiters, bulkheads and retries are registered
 * @param journal where each billed call is written down; empty = nowhere
 * @param observers who watches each attempt
 * @param surroundings time and chance
 */
public record GuardParts(
        Resilience resilience,
        Optional<CallJournal> journal,
        List<GenerationObserver> observers,
        Surroundings surroundings) {

    /** Copies the list. */
    public GuardParts {
        observers = List.copyOf(observers);
    }

    /** Registries of their own, no journal, no observer, real time. */
    public static GuardParts standard() {
        return new GuardParts(new Resilience(), Optional.empty(), List.of(), Surroundings.real());
    }
}
