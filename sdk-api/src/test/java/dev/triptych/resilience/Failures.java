package dev.triptych.resilience;

import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageFetchException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.testkit.FaultyGenerator;
import java.io.IOException;
import java.time.Duration;

/** Errors as a provider throws them. */
public final class Failures {

    private Failures() {}

    public static ProviderUnavailableException unavailable(Outcome outcome) {
        return new ProviderUnavailableException("no answer", origin(outcome));
    }

    public static RateLimitedException tooMany() {
        return new RateLimitedException("too many requests", origin(Outcome.REJECTED));
    }

    public static RateLimitedException tooMany(Duration retryAfter) {
        return new RateLimitedException(
                "too many requests", origin(Outcome.REJECTED).withRetryAfter(retryAfter));
    }

    public static ContentRejectedException refused() {
        return new ContentRejectedException("refused", origin(Outcome.REJECTED));
    }

    public static AuthenticationException wrongKey() {
        return new AuthenticationException("wrong key", origin(Outcome.REJECTED));
    }

    public static ImageFetchException notFetched(ImageFetchException.Download again) {
        return new ImageFetchException("not fetched", origin(Outcome.COMPLETED), new IOException("reset"), again);
    }

    public static ErrorOrigin origin(Outcome outcome) {
        return ErrorOrigin.of(FaultyGenerator.PROVIDER, outcome);
    }
}
