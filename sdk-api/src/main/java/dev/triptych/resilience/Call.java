package dev.triptych.resilience;

import dev.triptych.GenerationContext;
import dev.triptych.ImageRequest;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One request on its way down a generator's chain.
 *
 * @param request what is asked for, as the caller wrote it
 * @param context deadline, cancellation and listener
 * @param scope money, and whether others follow
 * @param attempt which attempt this is, from 1
 * @param providerCalls counts the calls to the provider
 */
record Call(
        ImageRequest request, GenerationContext context, ChainScope scope, int attempt, AtomicInteger providerCalls) {

    static Call first(ImageRequest request, GenerationContext context, ChainScope scope) {
        return new Call(request, context, scope, 1, new AtomicInteger());
    }

    Call with(GenerationContext value) {
        return new Call(request, value, scope, attempt, providerCalls);
    }

    Call withRequest(ImageRequest value, GenerationContext itsContext) {
        return new Call(value, itsContext, scope, attempt, providerCalls);
    }

    Call withAttempt(int value) {
        return new Call(request, context, scope, value, providerCalls);
    }
}
