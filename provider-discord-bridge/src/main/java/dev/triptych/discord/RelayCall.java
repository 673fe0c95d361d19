package dev.triptych.discord;

import dev.triptych.GenerationContext;
import dev.triptych.RunningCalls;

/**
 * One caller's call, from the request to the pictures.
 *
 * @param caller what the caller gave
 * @param running the call among those that run; its context ends with the caller's wish and with the relay
 * @param deadline by {@link MonotonicTime}, after which the caller does not want the pictures
 */
record RelayCall(GenerationContext caller, RunningCalls.Call running, long deadline) {

    /** The context to work with. */
    GenerationContext context() {
        return running.context();
    }

    /** A REST call on behalf of this one. */
    CallScope scope() {
        return new CallScope(deadline, context().cancellation());
    }

    /** Whether the caller itself wants no more: then its request is taken back, which closing the relay does not do. */
    boolean isUnwanted() {
        return caller.cancellation().isCancelled() || Thread.currentThread().isInterrupted();
    }
}
