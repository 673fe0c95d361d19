package dev.triptych.resilience;

import dev.triptych.GenerationContext;
import dev.triptych.ImageRequest;
import dev.triptych.ledger.Purse;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One request on its way down a generator's chain.
 *
 * @param request what is asked for, as the caller wrote it
 * @param context deadline, cancellation and listener
 * @param purse the request's money; empty = no budget
 * @param othersFollow whether another generator waits to serve where this one cannot be reached
 * @param attempt which attempt this is, from 1
 * @param providerCalls counts the calls to the provider
 */
record Call(
        ImageRequest request,
        GenerationContext context,
        Optional<Purse> purse,
        boolean othersFollow,
        int attempt,
        AtomicInteger providerCalls) {

    static Call first(ImageRequest request, GenerationContext context, Optional<Purse> purse, boolean othersFollow) {
        return new Call(request, context, purse, othersFollow, 1, new AtomicInteger());
    }

    Call with(GenerationContext value) {
        return new Call(request, value, purse, othersFollow, attempt, providerCalls);
    }

    Call withRequest(ImageRequest value, GenerationContext itsContext) {
        return new Call(value, itsContext, purse, othersFollow, attempt, providerCalls);
    }

    Call withAttempt(int value) {
        return new Call(request, context, purse, othersFollow, value, providerCalls);
    }
}
