package dev.triptych;

/** A model file is missing, damaged, or of a shape or kind that is not supported. The message names the file. */
public final class ModelLoadException extends ImageGenerationException {

    /** An error of the local engine's files. */
    public ModelLoadException(String message) {
        super(message, ErrorOrigin.of("local", Outcome.NOT_SENT));
    }

    /** An error of the local engine's files. */
    public ModelLoadException(String message, Throwable cause) {
        super(message, ErrorOrigin.of("local", Outcome.NOT_SENT), cause);
    }
}
