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

    /** Everything but a refusal and a request that the generator cannot do. */
    public static FallbackSettings standard() {
        return new FallbackSettings(
                EnumSet.complementOf(EnumSet.of(FallbackReason.REFUSED, FallbackReason.UNSUPPORTED)));
    }

    /** These settings with one more reason. */
    public FallbackSettings and(FallbackReason reason) {
        Set<FallbackReason> more = EnumSet.of(reason);
        more.addAll(reasons);
        return new FallbackSettings(more);
    }
}
