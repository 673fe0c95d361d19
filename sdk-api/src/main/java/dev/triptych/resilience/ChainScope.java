package dev.triptych.resilience;

import dev.triptych.GenerationContext;
import dev.triptych.ledger.Purse;
import java.util.Optional;

/**
 * What a chain tells the guarded generator that it asks; it travels in the context.
 *
 * @param purse the request's money; empty = no budget
 * @param othersFollow whether another generator waits to serve where this one cannot be reached
 * @param rewriter who rewrote the prompt; {@code ""} = nobody
 */
record ChainScope(Optional<Purse> purse, boolean othersFollow, String rewriter) {

    /** A generator on its own. */
    private static final ChainScope ALONE = new ChainScope(Optional.empty(), false, "");

    /** What an outer link left in {@code context}. */
    static ChainScope of(GenerationContext context) {
        return context.attachment(ChainScope.class).orElse(ALONE);
    }

    ChainScope withOthersFollowing(boolean value) {
        return new ChainScope(purse, value, rewriter);
    }

    ChainScope withPurse(Purse value) {
        return new ChainScope(Optional.of(value), othersFollow, rewriter);
    }

    ChainScope withRewriter(String value) {
        return new ChainScope(purse, othersFollow, value);
    }

    /** {@code context} with this for the inner links. */
    GenerationContext in(GenerationContext context) {
        return equals(of(context))
                ? context
                : context.toBuilder().attach(ChainScope.class, this).build();
    }
}
