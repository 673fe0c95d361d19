package dev.triptych;

/** The provider refused the prompt or a picture. A refusal is a result, so it is never retried. */
public final class ContentRejectedException extends ImageGenerationException {

    /** A refusal. */
    public ContentRejectedException(String message, ErrorOrigin origin) {
        super(message, origin);
    }

    /** A refusal. */
    public ContentRejectedException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
    }
}
