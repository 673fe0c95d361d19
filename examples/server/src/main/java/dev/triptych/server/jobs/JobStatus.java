package dev.triptych.server.jobs;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How far a job is. */
public enum JobStatus {
    /** It waits for its generator. */
    QUEUED,
    /** Its generator works on it. */
    RUNNING,
    /** The pictures are there. */
    COMPLETED,
    /** It ended without a picture, and nothing was billed. */
    FAILED,
    /** It may have been carried out and billed; nobody knows. It is never repeated by itself. */
    UNKNOWN,
    /** Somebody cancelled it. */
    CANCELLED;

    /** Whether it has ended, one way or the other. */
    public boolean isEnded() {
        return this != QUEUED && this != RUNNING;
    }

    /** The word for it in JSON, such as {@code "queued"}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The status that {@code word} stands for. */
    public static Optional<JobStatus> of(String word) {
        return Arrays.stream(values())
                .filter(status -> status.word().equals(word))
                .findFirst();
    }
}
