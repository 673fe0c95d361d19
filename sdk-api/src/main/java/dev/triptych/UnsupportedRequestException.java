package dev.triptych;

/** This provider cannot do what is asked. Thrown before any network or model work; nothing was spent. */
public final class UnsupportedRequestException extends ImageGenerationException {

    /** What the provider cannot do, as {@code what was expected but what was found}. */
    public UnsupportedRequestException(String message, String providerId) {
        super(message, ErrorOrigin.of(providerId, Outcome.NOT_SENT));
    }
}
