package dev.triptych.resilience;

import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import java.util.Map;
import java.util.Optional;

/** Why a request goes on to the next generator of a chain. */
public enum FallbackReason {
    /** No network, no answer, an open circuit or a failing server. */
    UNAVAILABLE,
    /** Too many requests, here or there. */
    RATE_LIMITED,
    /** No key, a wrong key or no credit left. */
    AUTHENTICATION,
    /** The generator's model cannot be loaded. */
    MODEL,
    /** The generator's answer cannot be read, or its pictures cannot be fetched. */
    BAD_ANSWER,
    /** The generator cannot do what is asked. */
    UNSUPPORTED,
    /** The generator refused the prompt or a picture. */
    REFUSED,
    /**
     * Beside one of the others: the failed call may have been billed, and the next generator costs too, so that the
     * picture may be paid for twice. Without it, only a generator that costs nothing follows such a call.
     */
    MAY_BE_BILLED;

    private static final Map<Class<? extends ImageGenerationException>, FallbackReason> REASONS = Map.of(
            ProviderUnavailableException.class, UNAVAILABLE,
            RateLimitedException.class, RATE_LIMITED,
            AuthenticationException.class, AUTHENTICATION,
            ModelLoadException.class, MODEL,
            UnexpectedResponseException.class, BAD_ANSWER,
            ImageFetchException.class, BAD_ANSWER,
            UnsupportedRequestException.class, UNSUPPORTED,
            ContentRejectedException.class, REFUSED);

    /** The reason that {@code error} is; empty for a cancelled request and a spent budget, which end a chain. */
    static Optional<FallbackReason> of(ImageGenerationException error) {
        return Optional.ofNullable(REASONS.get(error.getClass()));
    }
}
