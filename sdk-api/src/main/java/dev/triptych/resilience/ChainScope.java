package dev.triptych.resilience;

import dev.triptych.ledger.Purse;
import java.util.Optional;

/**
 * What a chain tells the guarded generator that it asks; it travels in the context.
 *
 * @param purse the request's money; empty = no budget
 * @param othersFollow whether another generator waits to serve where this one cannot be reached
 */
record ChainScope(Optional<Purse> purse, boolean othersFollow) {

    /** A generator on its own. */
    static final ChainScope ALONE = new ChainScope(Optional.empty(), false);
}
