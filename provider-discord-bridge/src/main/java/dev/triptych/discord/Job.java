package dev.triptych.discord;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One job on Discord, from the message that asks for it to the message that answers. Everything that changes is guarded
 * by its {@link JobTracker}. A final state is never left, and progress never goes back.
 */
final class Job {

    final String id;
    final JobPlan plan;

    String requestMessage = "";
    String progressMessage = "";
    int position = -1;
    int percent = -1;
    Message.@Nullable Attachment preview;

    @Nullable
    Message result;

    @Nullable
    BotSignal resultSignal;

    @Nullable
    BotSignal failure;

    boolean blank;
    /** Whether somebody deleted the message that asks for the job. */
    boolean requestDeleted;
    /** Why the channel is closed to us, if it is: the job can neither be followed nor answered. */
    @Nullable
    RestFailure channelLost;

    long withdrawnAt = Long.MAX_VALUE;
    long heldSince = Long.MAX_VALUE;
    /** Messages that may be this job's result but may be another's too: message id → the other jobs. */
    final Map<String, String> held = new LinkedHashMap<>();

    /** Message id → when the last version that was looked at was edited. */
    final Map<String, String> versions = new HashMap<>();

    /** Message id → when the last version that came without its content was edited. */
    final Map<String, String> withheld = new HashMap<>();

    long version;

    Job(String id, JobPlan plan) {
        this.id = id;
        this.plan = plan;
    }

    /** What Discord remembers a message by for some minutes, so that the same one is not made twice. */
    String nonce() {
        return "t-" + id;
    }

    /** {@code message} tells of the progress from now on; another one that was deleted no longer matters. */
    void tellsProgress(String message) {
        if (!message.equals(progressMessage)) {
            progressMessage = message;
            withdrawnAt = Long.MAX_VALUE;
        }
    }

    boolean isFinal() {
        return result != null || failure != null;
    }

    /** A copy for the thread that waits for the job. */
    Snapshot snapshot() {
        return new Snapshot(
                version,
                position,
                percent,
                Optional.ofNullable(preview),
                Optional.ofNullable(result),
                Optional.ofNullable(resultSignal),
                Optional.ofNullable(failure),
                blank,
                requestDeleted,
                Optional.ofNullable(channelLost),
                withdrawnAt,
                heldSince,
                Map.copyOf(held));
    }

    /** The state of a job at one moment; for each field see {@link Job}. */
    record Snapshot(
            long version,
            int position,
            int percent,
            Optional<Message.Attachment> preview,
            Optional<Message> result,
            Optional<BotSignal> resultSignal,
            Optional<BotSignal> failure,
            boolean blank,
            boolean requestDeleted,
            Optional<RestFailure> channelLost,
            long withdrawnAt,
            long heldSince,
            Map<String, String> held) {}

    @Override
    public String toString() {
        return "Job[" + id + ", " + (isFinal() ? "final" : percent + " %") + "]";
    }
}
