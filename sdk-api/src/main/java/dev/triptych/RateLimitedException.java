package dev.triptych;

/** Too many requests; {@link #retryAfter()} says when to come back, where the provider did. */
public final class RateLimitedException extends ImageGenerationException {

    /** A refusal for now. */
    public RateLimitedException(String message, ErrorOrigin origin) {
        super(message, origin);
    }

    /** A refusal for now. */
    public RateLimitedException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
    }

    @Override
    public boolean isRetryable() {
        return !origin().retryForbidden();
    }
}
