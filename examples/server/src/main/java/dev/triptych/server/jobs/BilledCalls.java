package dev.triptych.server.jobs;

import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalEntry.State;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;

/** What the books say of calls that may have been billed. */
@FunctionalInterface
public interface BilledCalls {

    /** Whether a call of job {@code id} may have been billed; true where nobody knows. */
    boolean mayHaveBilled(String id);

    /** There are no books, so anything that can cost may have been billed. */
    BilledCalls NOTHING_KNOWN = id -> true;

    /** What {@code journal} says, which names each call's request by the job's id. */
    static BilledCalls of(CallJournal journal) {
        Set<State> billed = Set.of(State.RUNNING, State.COMPLETED, State.UNKNOWN);
        return id -> {
            try {
                return journal.entries().stream()
                        .filter(entry -> entry.requestId().equals(id))
                        .map(entry -> entry.state())
                        .collect(Collectors.toSet())
                        .stream()
                        .anyMatch(billed::contains);
            } catch (IOException e) {
                return true;
            }
        };
    }
}
