package dev.triptych.ledger;

import dev.triptych.Cost;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One call that may have been billed.
 *
 * @param id the call's own id
 * @param requestId our id of the request; several calls may belong to one
 * @param generator the generator's name
 * @param provider the provider's id
 * @param model the provider's model
 * @param operation what was asked for, such as {@code "TEXT_TO_IMAGE"}
 * @param rewriter who rewrote the prompt; {@code ""} = nobody
 * @param count how many pictures were asked for
 * @param startedAt when the call began
 * @param endedAt when it ended, where that is known
 * @param state what became of it
 * @param pictures how many pictures came
 * @param cost what it cost, where the provider said so
 * @param error the kind of error, such as {@code "RateLimitedException"}; {@code ""} = none
 * @param providerRequestId the provider's id of the request; {@code ""} = not known
 * @param links where pictures lie that were made and could not be fetched
 */
public record JournalEntry(
        String id,
        String requestId,
        String generator,
        String provider,
        String model,
        String operation,
        String rewriter,
        int count,
        Instant startedAt,
        Optional<Instant> endedAt,
        State state,
        int pictures,
        Optional<Cost> cost,
        String error,
        String providerRequestId,
        List<URI> links) {

    /** Copies the list. */
    public JournalEntry {
        links = List.copyOf(links);
    }

    /** What became of a call. */
    public enum State {
        /** Its process still runs. */
        RUNNING,
        /** The pictures were made; where {@link #error()} is set, fetching them failed. */
        COMPLETED,
        /** Nothing was sent. */
        NOT_SENT,
        /** The provider did not do it. */
        REJECTED,
        /** Nobody knows: no answer came, or the process died during the call. It may have been billed. */
        UNKNOWN
    }
}
