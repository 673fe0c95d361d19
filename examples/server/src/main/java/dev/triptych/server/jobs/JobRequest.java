package dev.triptych.server.jobs;

import dev.triptych.ImageRequest;
import java.util.Optional;

/**
 * What somebody asks of the server, whichever API they speak.
 *
 * @param request what picture is wanted
 * @param generator the name of the generator that shall make it
 * @param client who asks, for limits and idempotency; a digest, never a token
 * @param idempotencyKey asking again with this key gives the job that is there already
 * @param comparison the id that the jobs of one comparison share
 */
public record JobRequest(
        ImageRequest request,
        String generator,
        String client,
        Optional<String> idempotencyKey,
        Optional<String> comparison) {

    /** A request without key or comparison. */
    public static JobRequest of(ImageRequest request, String generator, String client) {
        return new JobRequest(request, generator, client, Optional.empty(), Optional.empty());
    }
}
