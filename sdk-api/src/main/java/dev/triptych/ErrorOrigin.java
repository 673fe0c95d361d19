package dev.triptych;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where an error came from and what became of the call.
 *
 * @param providerId the provider's id, such as {@code "openai"} or {@code "local"}
 * @param outcome what became of the call on the provider's side
 * @param requestId the provider's id of the request, for its support
 * @param httpStatus the HTTP status, where there was one
 * @param retryAfter how long the provider asked to wait
 * @param retryForbidden whether the provider asked not to be called again for this ({@code x-should-retry: false})
 */
public record ErrorOrigin(
        String providerId,
        Outcome outcome,
        Optional<String> requestId,
        OptionalInt httpStatus,
        Optional<Duration> retryAfter,
        boolean retryForbidden) {

    /** An origin with nothing but the provider and the outcome. */
    public static ErrorOrigin of(String providerId, Outcome outcome) {
        return new ErrorOrigin(providerId, outcome, Optional.empty(), OptionalInt.empty(), Optional.empty(), false);
    }

    /** This origin with the provider's request id. */
    public ErrorOrigin withRequestId(String id) {
        return new ErrorOrigin(providerId, outcome, Optional.of(id), httpStatus, retryAfter, retryForbidden);
    }

    /** This origin with an HTTP status. */
    public ErrorOrigin withHttpStatus(int status) {
        return new ErrorOrigin(providerId, outcome, requestId, OptionalInt.of(status), retryAfter, retryForbidden);
    }

    /** This origin with the wait that the provider asked for. */
    public ErrorOrigin withRetryAfter(Duration wait) {
        return new ErrorOrigin(providerId, outcome, requestId, httpStatus, Optional.of(wait), retryForbidden);
    }

    /** This origin, whose provider asked not to be called again. */
    public ErrorOrigin withRetryForbidden() {
        return new ErrorOrigin(providerId, outcome, requestId, httpStatus, retryAfter, true);
    }
}
