package dev.triptych;

/** A budget of this application does not allow the call; nothing was sent. */
public final class BudgetExceededException extends ImageGenerationException {

    /** A call that was refused before it was made. */
    public BudgetExceededException(String message, ErrorOrigin origin) {
        super(message, origin);
    }

    /** A call that was refused before it was made. */
    public BudgetExceededException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
    }
}
