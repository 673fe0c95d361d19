package dev.triptych.media;

/**
 * A picture that may well be whole but is not decoded here: it would take too much memory, or no reader for its format
 * is on the class path.
 */
public final class UnreadablePictureException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** What was expected and what was found. */
    UnreadablePictureException(String message) {
        super(message);
    }
}
