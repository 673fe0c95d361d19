package dev.triptych;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A generation that did not give a picture. Each kind is a subclass here; providers throw these and never an exception
 * of their own library. A message never holds a key, a prompt or image bytes.
 */
public abstract sealed class ImageGenerationException extends RuntimeException
        permits AuthenticationException,
                BudgetExceededException,
                ContentRejectedException,
                GenerationCancelledException,
                ImageFetchException,
                ModelLoadException,
                ProviderUnavailableException,
                RateLimitedException,
                UnexpectedResponseException,
                UnsupportedRequestException {

    private final transient ErrorOrigin origin;

    ImageGenerationException(String message, ErrorOrigin origin) {
        super(message);
        this.origin = origin;
    }

    ImageGenerationException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, cause);
        this.origin = origin;
    }

    /** Where the error came from. */
    public ErrorOrigin origin() {
        return origin;
    }

    /** The provider that failed, such as {@code "openai"}. */
    public String providerId() {
        return origin.providerId();
    }

    /** What became of the call on the provider's side. */
    public Outcome outcome() {
        return origin.outcome();
    }

    /** The provider's id of the request, where it gave one. */
    public Optional<String> requestId() {
        return origin.requestId();
    }

    /** The HTTP status, where there was one. */
    public OptionalInt httpStatus() {
        return origin.httpStatus();
    }

    /** How long the provider asked to wait, where it did. */
    public Optional<Duration> retryAfter() {
        return origin.retryAfter();
    }

    /**
     * Whether the same call may succeed later and repeating it cannot be charged twice. False for outcome
     * {@link Outcome#UNKNOWN}: only a policy that knows the provider to be free or reconcilable may repeat that.
     */
    public boolean isRetryable() {
        return false;
    }
}
