package dev.triptych;

/** The provider cannot be reached, failed, or did not answer in time. */
public final class ProviderUnavailableException extends ImageGenerationException {

    /** A failure of the provider or of the way to it. */
    public ProviderUnavailableException(String message, ErrorOrigin origin) {
        super(message, origin);
    }

    /** A failure of the provider or of the way to it. */
    public ProviderUnavailableException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
    }

    @Override
    public boolean isRetryable() {
        return !origin().retryForbidden() && (outcome() == Outcome.NOT_SENT || outcome() == Outcome.REJECTED);
    }
}
