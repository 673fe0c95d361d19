package dev.triptych.server.jobs;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Where jobs are kept. Implementations are thread-safe. */
public interface JobStore extends AutoCloseable {

    /**
     * Keeps a new job under the next number, and returns it as it is kept; or the job of the same client that came with
     * the same idempotency key, if there is one.
     */
    Job add(Job job);

    /** Begins a job that waits; empty if it does not wait any more, or another worker has it. */
    Optional<Job> begin(String id, Instant now);

    /** Cancels a job that waits; empty if it does not wait any more. */
    Optional<Job> cancelWaiting(String id, Instant now);

    /**
     * Keeps a later state of a job.
     *
     * @return whether it counts: not where another worker has taken the job over meanwhile
     */
    boolean save(Job job);

    /** Asks whichever worker runs this job to stop it, where that may be another process. */
    default void requestCancel(String id) {}

    /** Those of {@code running} that somebody asked to stop through {@link #requestCancel}. */
    default Set<String> cancelRequested(Collection<String> running) {
        return Set.of();
    }

    /** Jobs that changed since this was last asked, by any process; none where only this one can change them. */
    default List<Job> changedElsewhere() {
        return List.of();
    }

    /**
     * Keeps {@code job} as it is now, which another worker was painting: what that one writes does not count any more.
     *
     * @return false if the queue has given the job to yet another worker meanwhile; nothing has changed then
     */
    default boolean takeOver(Job job) {
        return save(job);
    }

    /** Whether other processes work on the same jobs. */
    default boolean isShared() {
        return false;
    }

    /** The job with this id. */
    Optional<Job> find(String id);

    /** The jobs that have not ended, oldest first. */
    List<Job> open();

    /** Some jobs, newest first. */
    Page page(Query query);

    /**
     * Which jobs are wanted.
     *
     * @param before only those with a smaller number
     * @param limit the most, at least 1
     * @param text only those whose prompt holds these words, or one of whose pictures has this seed; {@code ""} = all
     * @param status only those; empty = all
     * @param comparison only those of this comparison
     */
    record Query(OptionalLong before, int limit, String text, List<JobStatus> status, Optional<String> comparison) {

        /** Copies the list. */
        public Query {
            status = List.copyOf(status);
        }

        /** The newest {@code limit} jobs. */
        public static Query newest(int limit) {
            return new Query(OptionalLong.empty(), limit, "", List.of(), Optional.empty());
        }
    }

    /**
     * A page of jobs.
     *
     * @param jobs newest first
     * @param total how many there are on all pages
     * @param more whether there are older ones
     */
    record Page(List<Job> jobs, int total, boolean more) {

        /** Copies the list. */
        public Page {
            jobs = List.copyOf(jobs);
        }
    }

    /** Lets go of what it holds. */
    @Override
    void close();
}
