package dev.triptych.diffusion.error;

import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.Outcome;
import dev.triptych.UnsupportedRequestException;
import org.jspecify.annotations.Nullable;

/** Makes the local engine's errors. Nothing it does costs anything, so each has the outcome NOT_SENT. Stateless. */
public final class LocalErrors {

    /** The local engine's id among the providers. */
    public static final String PROVIDER = "local";

    private LocalErrors() {}

    /** The request asks for what the engine, or this checkpoint, cannot do. */
    public static UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, PROVIDER);
    }

    /** The same, because of {@code cause}. */
    public static UnsupportedRequestException unsupported(String message, Throwable cause) {
        return new UnsupportedRequestException(message, PROVIDER, cause);
    }

    /** A finished picture, or all of them, must not be shown. */
    public static ContentRejectedException refused(String message) {
        return new ContentRejectedException(message, ErrorOrigin.of(PROVIDER, Outcome.NOT_SENT));
    }

    /** The work was cancelled, or its thread interrupted. */
    public static GenerationCancelledException cancelled(String message, @Nullable Throwable cause) {
        ErrorOrigin origin = ErrorOrigin.of(PROVIDER, Outcome.NOT_SENT);
        return cause == null
                ? new GenerationCancelledException(message, origin)
                : new GenerationCancelledException(message, origin, cause);
    }
}
