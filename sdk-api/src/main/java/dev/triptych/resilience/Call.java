package dev.triptych.resilience;

import dev.triptych.GenerationContext;
import dev.triptych.ImageRequest;
import dev.triptych.RunningCalls;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One request on its way down a generator's chain.
 *
 * @param request what is asked for, as the caller wrote it
 * @param context deadline, cancellation and listener
 * @param running the same call among those of its generator, which closing may end
 * @param scope money, and whether others follow
 * @param attempt which attempt this is, from 1
 * @param providerCalls counts the calls to the provider
 */
record Call(
        ImageRequest request,
        GenerationContext context,
        RunningCalls.Call running,
        ChainScope scope,
        int attempt,
        AtomicInteger providerCalls) {

    static Call first(ImageRequest request, RunningCalls.Call running) {
        GenerationContext context = running.context();
        return new Call(request, context, running, ChainScope.of(context), 1, new AtomicInteger());
    }

    Call with(GenerationContext value) {
        return new Call(request, value, running, scope, attempt, providerCalls);
    }

    Call withRequest(ImageRequest value, GenerationContext itsContext) {
        return new Call(value, itsContext, running, scope, attempt, providerCalls);
    }

    Call withAttempt(int value) {
        return new Call(request, context, running, scope, value, providerCalls);
    }
}
