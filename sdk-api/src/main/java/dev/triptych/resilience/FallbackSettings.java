package dev.triptych.resilience;

import java.util.EnumSet;
import java.util.Set;

/**
 * When a chain of generators goes on to the next one.
 *
 * @param reasons each error that lets it go on; any other ends the request
 */
public record FallbackSettings(Set<FallbackReason> reasons) {

    /** Copies the set. */
    public FallbackSettings {
        reasons = Set.copyOf(reasons);
    }

    /** Everything but a refusal, a request that the generator cannot do, and paying twice. */
    public static FallbackSettings standard() {
        return new FallbackSettings(EnumSet.complementOf(
                EnumSet.of(FallbackReason.REFUSED, FallbackReason.UNSUPPORTED, FallbackReason.MAY_BE_BILLED)));
    }

    /** Whether a generator that costs may follow a call that may have been billed. */
    boolean mayPayTwice() {
        return reasons.contains(FallbackReason.MAY_BE_BILLED);
    }

    /** These settings with one more reason. */
    public FallbackSettings and(FallbackReason reason) {
        Set<FallbackReason> more = EnumSet.of(reason);
        more.addAll(reasons);
        return new FallbackSettings(more);
    }
}
