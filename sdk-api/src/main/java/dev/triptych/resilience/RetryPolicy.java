package dev.triptych.resilience;

import dev.triptych.AuthenticationException;
import dev.triptych.BudgetExceededException;
import dev.triptych.Capabilities;
import dev.triptych.ContentRejectedException;
import dev.triptych.CostClass;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.UnsupportedRequestException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;

/** Whether a failed call is repeated, and after how long: money first, then manners. */
final class RetryPolicy {

    /** Errors that another attempt cannot mend. */
    private static final Set<Class<? extends ImageGenerationException>> FINAL = Set.of(
            AuthenticationException.class,
            BudgetExceededException.class,
            ContentRejectedException.class,
            GenerationCancelledException.class,
            ModelLoadException.class,
            UnsupportedRequestException.class);

    private final RetrySettings settings;
    private final DoubleSupplier random;

    RetryPolicy(RetrySettings settings, DoubleSupplier random) {
        this.settings = settings;
        this.random = random;
    }

    /** Whether another attempt may follow {@code error}; for outcome COMPLETED that attempt is a download alone. */
    boolean mayRepeat(ImageGenerationException error, Capabilities capabilities) {
        if (FINAL.contains(error.getClass()) || error.origin().retryForbidden()) {
            return false;
        }
        return switch (error.outcome()) {
            case NOT_SENT -> true;
            case REJECTED -> error.isRetryable();
            case UNKNOWN -> mayRepeatUnknown(capabilities);
            case COMPLETED -> error instanceof ImageFetchException;
        };
    }

    private boolean mayRepeatUnknown(Capabilities capabilities) {
        return switch (settings.unknownOutcome()) {
            case NEVER -> false;
            case WHEN_SAFE -> capabilities.costClass() == CostClass.FREE || capabilities.reconcilable();
            case ALWAYS -> true;
        };
    }

    /**
     * How long to wait before repetition {@code number} (from 1); empty if the provider asks for more than the cap.
     *
     * <p>Full jitter: {@code random(0, min(maxDelay, initialDelay · factor^(number−1)))}; see M. Brooker, "Exponential
     * Backoff And Jitter", AWS Architecture Blog, 2015.
     */
    Optional<Duration> delayBefore(int number, ImageGenerationException error) {
        Optional<Duration> asked = error.retryAfter();
        if (asked.isPresent()) {
            return asked.filter(wait -> wait.compareTo(settings.retryAfterCap()) <= 0);
        }
        double longest = Math.min(
                (double) settings.maxDelay().toMillis(),
                settings.initialDelay().toMillis() * Math.pow(settings.factor(), number - 1));
        return Optional.of(Duration.ofMillis((long) (longest * random.getAsDouble())));
    }
}
