package dev.triptych;

/** The generation was cancelled, or its thread interrupted; the interrupt flag is set again then. */
public final class GenerationCancelledException extends ImageGenerationException {

    /** A generation that ended because its caller wished so. */
    public GenerationCancelledException(String message, ErrorOrigin origin) {
        super(message, origin);
    }

    /** A generation that ended because its caller wished so. */
    public GenerationCancelledException(String message, ErrorOrigin origin, Throwable cause) {
        super(message, origin, cause);
    }
}
