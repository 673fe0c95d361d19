package dev.triptych.server.jobs;

import dev.triptych.Cost;
import dev.triptych.GenerationWarning;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A request that somebody made, and what became of it. Immutable: each step of its life is another one.
 *
 * @param id 128 random bits in hexadecimal
 * @param number counts the jobs of a store in the order in which they came
 * @param generator the name of the generator that was asked
 * @param requestJson the request, as {@link dev.triptych.RequestJson} writes it
 * @param client who asked
 * @param idempotencyKey the key it came with
 * @param comparison the comparison it belongs to
 * @param status how far it is
 * @param created when it came
 * @param started when its generator began
 * @param ended when it ended
 * @param pictures the pictures, once they are there
 * @param warnings what was done differently from what was asked
 * @param failure why there is no picture
 * @param making how the pictures came about
 */
public record Job(
        String id,
        long number,
        String generator,
        String requestJson,
        String client,
        Optional<String> idempotencyKey,
        Optional<String> comparison,
        JobStatus status,
        Instant created,
        Optional<Instant> started,
        Optional<Instant> ended,
        List<Picture> pictures,
        List<GenerationWarning> warnings,
        Optional<Failure> failure,
        Optional<Making> making) {

    /** Copies the lists. */
    public Job {
        pictures = List.copyOf(pictures);
        warnings = List.copyOf(warnings);
    }

    /**
     * A picture of a job.
     *
     * @param id its id in the picture store
     * @param sha256 of its bytes
     * @param mediaType such as {@code "image/png"}
     * @param width in pixels
     * @param height in pixels
     * @param bytes length of the file
     * @param seed the seed that made it, where it is known
     * @param revisedPrompt the prompt that the provider made of ours
     * @param imageId the provider's own id of it
     */
    public record Picture(
            String id,
            String sha256,
            String mediaType,
            int width,
            int height,
            long bytes,
            OptionalLong seed,
            Optional<String> revisedPrompt,
            Optional<String> imageId) {}

    /**
     * Why a job gave no picture.
     *
     * @param code one word, such as {@code "content_rejected"}
     * @param message one sentence without prompt, key or path
     * @param mayBeBilled whether the provider may have been paid all the same
     */
    public record Failure(String code, String message, boolean mayBeBilled) {}

    /**
     * How pictures came about.
     *
     * @param generator the name of the generator that made them
     * @param provider its provider
     * @param model its model
     * @param local whether on this machine
     * @param effectiveJson the request after negotiation, with the defaults filled in
     * @param millis how long it took
     * @param cached whether the cache gave them
     * @param cost what they cost, where that is known
     */
    public record Making(
            String generator,
            String provider,
            String model,
            boolean local,
            String effectiveJson,
            long millis,
            boolean cached,
            Optional<Cost> cost) {}

    /** A job that nobody has begun. */
    public static Job queued(String id, long number, JobRequest asked, String requestJson, Instant now) {
        return new Job(
                id,
                number,
                asked.generator(),
                requestJson,
                asked.client(),
                asked.idempotencyKey(),
                asked.comparison(),
                JobStatus.QUEUED,
                now,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** This job, waiting again. */
    public Job requeued() {
        return with(JobStatus.QUEUED, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** This job, begun. */
    public Job begun(Instant now) {
        return with(JobStatus.RUNNING, Optional.of(now), Optional.empty(), Optional.empty());
    }

    /** This job, ended without a picture. */
    public Job ended(JobStatus how, Failure why, Instant now) {
        return with(how, started, Optional.of(now), Optional.of(why));
    }

    /** This job, cancelled before it began. */
    public Job cancelled(Instant now) {
        return with(JobStatus.CANCELLED, started, Optional.of(now), Optional.empty());
    }

    /** This job with its pictures. */
    public Job completed(List<Picture> made, List<GenerationWarning> told, Making how, Instant now) {
        return new Job(
                id,
                number,
                generator,
                requestJson,
                client,
                idempotencyKey,
                comparison,
                JobStatus.COMPLETED,
                created,
                started,
                Optional.of(now),
                made,
                told,
                Optional.empty(),
                Optional.of(how));
    }

    private Job with(JobStatus how, Optional<Instant> begun, Optional<Instant> over, Optional<Failure> why) {
        return new Job(
                id,
                number,
                generator,
                requestJson,
                client,
                idempotencyKey,
                comparison,
                how,
                created,
                begun,
                over,
                pictures,
                warnings,
                why,
                making);
    }

    /** This job under another number. */
    public Job numbered(long value) {
        return new Job(
                id,
                value,
                generator,
                requestJson,
                client,
                idempotencyKey,
                comparison,
                status,
                created,
                started,
                ended,
                pictures,
                warnings,
                failure,
                making);
    }

    /** Id and status alone: the request holds the prompts. */
    @Override
    public String toString() {
        return "Job[" + id + ", " + generator + ", " + status.word() + "]";
    }
}
