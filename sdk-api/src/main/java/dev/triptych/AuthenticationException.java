package dev.triptych;

/** The key is missing or wrong, may not do this, or its account has no credit left. */
public final class AuthenticationException extends ImageGenerationException {

    /** An error of the account or its key. */
    public AuthenticationException(String message, ErrorOrigin origin) {
        super(message, origin);
    }

    /** An error of the account or its key. */
    public AuthenticationException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
    }
}
