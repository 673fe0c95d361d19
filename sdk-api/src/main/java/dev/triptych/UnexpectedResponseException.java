package dev.triptych;

/** The provider's answer cannot be read. */
public final class UnexpectedResponseException extends ImageGenerationException {

    /** An answer that cannot be read. */
    public UnexpectedResponseException(String message, ErrorOrigin origin) {
        super(message, origin);
    }

    /** An answer that cannot be read. */
    public UnexpectedResponseException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
    }
}
