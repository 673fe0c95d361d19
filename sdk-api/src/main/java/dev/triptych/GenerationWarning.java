package dev.triptych;

/**
 * A difference between what was asked and what was done.
 *
 * @param kind what was done with the setting
 * @param field the request's field, such as {@code "size"} or {@code "options.local.scheduler"}
 * @param message one sentence for a person; it may quote the user's own prompt where part of it was cut
 */
public record GenerationWarning(Kind kind, String field, String message) {

    /** What was done with a setting that could not be honoured as it is. */
    public enum Kind {
        /** The setting had no effect. */
        IGNORED,
        /** The nearest possible value was taken. */
        ADAPTED,
        /** Part of the text was cut off. */
        TRUNCATED,
        /** Worth knowing, though nothing was changed. */
        NOTICE
    }

    /** A warning that a setting had no effect. */
    public static GenerationWarning ignored(String field, String message) {
        return new GenerationWarning(Kind.IGNORED, field, message);
    }

    /** A warning that another value was taken. */
    public static GenerationWarning adapted(String field, String message) {
        return new GenerationWarning(Kind.ADAPTED, field, message);
    }

    /** A warning that text was cut. */
    public static GenerationWarning truncated(String field, String message) {
        return new GenerationWarning(Kind.TRUNCATED, field, message);
    }

    /** A remark. */
    public static GenerationWarning notice(String field, String message) {
        return new GenerationWarning(Kind.NOTICE, field, message);
    }

    /** The message; of a text that was cut only that it was, since the message quotes it and a log must not. */
    @Override
    public String toString() {
        return kind == Kind.TRUNCATED ? field + " was cut" : message;
    }
}
