package dev.triptych.discord;

import java.util.OptionalLong;

/**
 * What a job is, before it is sent: enough to find it again, and nothing of the prompt.
 *
 * @param requestId the caller's own id of the request
 * @param digest a hash of everything that was asked
 * @param action {@code "imagine"}, or the label of the button to press
 * @param parent the message whose button is pressed; {@code ""} for imagine
 * @param tile the tile that is meant, 1 to 4; 0 = none
 * @param seed the seed of the job
 * @param after the newest message of the channel that is known to be older than the job
 */
record JobPlan(
        String requestId, String digest, String action, String parent, int tile, OptionalLong seed, String after) {

    static final String IMAGINE = "imagine";

    boolean isImagine() {
        return action.equals(IMAGINE);
    }

    /** This plan, made when {@code message} was the newest of the channel. */
    JobPlan after(String message) {
        return new JobPlan(requestId, digest, action, parent, tile, seed, message);
    }
}
