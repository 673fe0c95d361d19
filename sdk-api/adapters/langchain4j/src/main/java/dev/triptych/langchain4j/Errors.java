package dev.triptych.langchain4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnsupportedRequestException;
import java.net.UnknownHostException;

/**
 * Our errors as LangChain4j's. Its retry repeats everything but a {@link NonRetriableException}, so the class decides
 * whether a call is made again: one whose fate is unknown, or whose pictures were made, never is.
 */
final class Errors {

    private Errors() {}

    /** What to throw in place of {@code error}, which is its cause. */
    static RuntimeException translated(RuntimeException error) {
        return error instanceof ImageGenerationException ours
                ? ours(ours)
                : new InvalidRequestException(error.getMessage(), error);
    }

    /** The generator has no such {@code operation} at all. */
    static UnsupportedFeatureException unsupported(Operation operation, UnsupportedRequestException error) {
        UnsupportedFeatureException unsupported =
                new UnsupportedFeatureException(operation + " is not supported: " + error.getMessage());
        unsupported.initCause(error);
        return unsupported;
    }

    private static RuntimeException ours(ImageGenerationException error) {
        String message = error.getMessage();
        if (error.outcome() == Outcome.UNKNOWN || error.outcome() == Outcome.COMPLETED) {
            return new NonRetriableException(message, error);
        }
        if (error instanceof dev.triptych.AuthenticationException) {
            return new AuthenticationException(message, error);
        }
        if (error instanceof ContentRejectedException) {
            return new ContentFilteredException(message, error);
        }
        if (error instanceof UnsupportedRequestException) {
            return new InvalidRequestException(message, error);
        }
        if (error instanceof RateLimitedException) {
            return new RateLimitException(message, error);
        }
        if (error instanceof ProviderUnavailableException) {
            return hasUnknownHost(error)
                    ? new UnresolvedModelServerException(message, error)
                    : new InternalServerException(message, error);
        }
        if (error instanceof ModelLoadException) {
            return new ModelNotFoundException(message, error);
        }
        // A budget that is used up, a cancellation, an answer nobody can read: nothing that trying again would mend.
        return new NonRetriableException(message, error);
    }

    private static boolean hasUnknownHost(Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }
}
