package dev.triptych;

/**
 * This provider cannot do what is asked. Thrown before any network or model work where the capabilities say so, or with
 * outcome {@link Outcome#REJECTED} where the provider itself says so; either way nothing was spent.
 */
public final class UnsupportedRequestException extends ImageGenerationException {

    /** What the provider cannot do, as {@code what was expected but what was found}. */
    public UnsupportedRequestException(String message, String providerId) {
        super(message, ErrorOrigin.of(providerId, Outcome.NOT_SENT));
    }

    /** What the provider cannot do, and what it failed on. */
    public UnsupportedRequestException(String message, String providerId, Throwable cause) {
        super(message, ErrorOrigin.of(providerId, Outcome.NOT_SENT), cause);
    }

    /** What the provider says that it cannot do. */
    public UnsupportedRequestException(String message, ErrorOrigin origin) {
        super(message, origin);
    }
}
