package dev.triptych.server.jobs;

import dev.triptych.AuthenticationException;
import dev.triptych.BudgetExceededException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnsupportedRequestException;

/** The word for each kind of failure, the same in every API. */
final class FailureCodes {

    private FailureCodes() {}

    static String of(ImageGenerationException error) {
        if (error instanceof AuthenticationException) {
            return "authentication";
        } else if (error instanceof BudgetExceededException) {
            return "budget_exceeded";
        } else if (error instanceof ContentRejectedException) {
            return "content_rejected";
        } else if (error instanceof ImageFetchException) {
            return "fetch_failed";
        } else if (error instanceof ModelLoadException) {
            return "model_load";
        } else if (error instanceof ProviderUnavailableException) {
            return "unavailable";
        } else if (error instanceof RateLimitedException) {
            return "rate_limited";
        } else if (error instanceof UnsupportedRequestException) {
            return "unsupported";
        }
        return "unexpected_response";
    }
}
