package dev.triptych.openai;

import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnexpectedResponseException;
import org.jspecify.annotations.Nullable;

/**
 * The errors of a job that its server accepted. What became of it may be known to the server alone, so an error that
 * does not say is {@link Outcome#UNKNOWN}; each names the job.
 *
 * @param providerId whose job it is
 * @param job the server's id of it
 * @param redaction what must not be shown of the server's words
 */
record JobErrors(String providerId, String job, Redaction redaction) {

    private ErrorOrigin origin(Outcome outcome) {
        return ErrorOrigin.of(providerId, outcome).withRequestId(job);
    }

    /** A refusal of prompt, input or picture, in the server's {@code word}. */
    ContentRejectedException refused(String word) {
        return new ContentRejectedException(
                "prompt and picture must pass " + providerId + "'s content policy but were refused ("
                        + redaction.clean(word) + ")",
                origin(Outcome.REJECTED));
    }

    /** The server says that the job failed, in its own {@code words}. */
    ImageGenerationException failed(String words) {
        return new ProviderUnavailableException(
                "job must give pictures but " + providerId + " says that it failed" + said(words),
                origin(Outcome.UNKNOWN));
    }

    /** The server does not know the job any more. */
    ImageGenerationException gone(String words) {
        return new UnexpectedResponseException(
                "job must be known to " + providerId + " but is not" + said(words), origin(Outcome.UNKNOWN));
    }

    /** An answer about the job that cannot be read. */
    ImageGenerationException unreadable(String found) {
        return new UnexpectedResponseException(
                "answer about the job must say how far it is but " + found, origin(Outcome.UNKNOWN));
    }

    /** The pictures were made, and the answer that names them cannot be used. */
    UnexpectedResponseException empty(String found) {
        return new UnexpectedResponseException(
                "job must name at least one picture but " + found, origin(Outcome.UNKNOWN));
    }

    /** The key is not taken when asking for the job. */
    AuthenticationException keyRefused(int status) {
        return new AuthenticationException(
                "api-key must be valid to ask for the job but was refused (status " + status
                        + "); the job goes on, and the same request takes it up",
                origin(Outcome.UNKNOWN));
    }

    /** Time is up; the job goes on. */
    ProviderUnavailableException late(@Nullable Throwable cause) {
        String message = "job must be done in time but is not yet; it goes on at " + providerId
                + ", and the same request takes it up";
        return cause == null
                ? new ProviderUnavailableException(message, origin(Outcome.UNKNOWN))
                : new ProviderUnavailableException(message, origin(Outcome.UNKNOWN), cause);
    }

    private String said(String words) {
        return words.isBlank() ? "" : ": " + redaction.clean(words);
    }

    @Override
    public String toString() {
        return "JobErrors[" + providerId + ", " + job + "]";
    }
}
