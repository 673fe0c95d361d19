package dev.triptych.compare;

import dev.triptych.AuthenticationException;
import dev.triptych.BudgetExceededException;
import dev.triptych.ContentRejectedException;
import dev.triptych.CostClass;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Why a cell has no picture.
 *
 * @param kind what went wrong
 * @param outcome what became of the call on the provider's side
 * @param message one sentence for a person
 */
public record CellReason(Kind kind, Outcome outcome, String message) {

    /** What went wrong, by the error's type. */
    public enum Kind {
        /** {@link UnsupportedRequestException}. */
        UNSUPPORTED,
        /** {@link ContentRejectedException}. */
        REFUSED,
        /** {@link AuthenticationException}. */
        AUTHENTICATION,
        /** {@link RateLimitedException}. */
        RATE_LIMITED,
        /** {@link BudgetExceededException}. */
        BUDGET,
        /** {@link ProviderUnavailableException}. */
        UNAVAILABLE,
        /** {@link UnexpectedResponseException}. */
        UNREADABLE,
        /** {@link ImageFetchException}. */
        NOT_FETCHED,
        /** {@link ModelLoadException}. */
        MODEL,
        /** {@link GenerationCancelledException} that nobody here asked for. */
        CANCELLED,
        /** An exception that a generator must not throw. */
        DEFECT
    }

    private static final Map<Class<? extends ImageGenerationException>, Kind> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put(UnsupportedRequestException.class, Kind.UNSUPPORTED);
        KINDS.put(ContentRejectedException.class, Kind.REFUSED);
        KINDS.put(AuthenticationException.class, Kind.AUTHENTICATION);
        KINDS.put(RateLimitedException.class, Kind.RATE_LIMITED);
        KINDS.put(BudgetExceededException.class, Kind.BUDGET);
        KINDS.put(ProviderUnavailableException.class, Kind.UNAVAILABLE);
        KINDS.put(UnexpectedResponseException.class, Kind.UNREADABLE);
        KINDS.put(ImageFetchException.class, Kind.NOT_FETCHED);
        KINDS.put(ModelLoadException.class, Kind.MODEL);
        KINDS.put(GenerationCancelledException.class, Kind.CANCELLED);
    }

    static CellReason of(ImageGenerationException error) {
        Kind kind = KINDS.getOrDefault(error.getClass(), Kind.DEFECT);
        return new CellReason(kind, error.outcome(), String.valueOf(error.getMessage()));
    }

    /** Of an exception outside the family the type alone is told: its message may hold anything. */
    static CellReason ofDefect(RuntimeException error) {
        return new CellReason(
                Kind.DEFECT,
                Outcome.UNKNOWN,
                "generator must throw an ImageGenerationException but threw a "
                        + error.getClass().getName());
    }

    /**
     * Whether a resumed comparison leaves the cell as it is: a refusal is a result, and a call that may have been
     * billed is not made twice.
     */
    boolean isFinal(CostClass costClass) {
        boolean mayBeBilled = outcome == Outcome.UNKNOWN || outcome == Outcome.COMPLETED;
        return kind == Kind.REFUSED || (mayBeBilled && costClass == CostClass.BILLED);
    }
}
