package dev.triptych.config;

import dev.triptych.GenerationContext;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.RunningCalls;

/**
 * Stands for whichever generator is current: of the whole registry, or of one name over reloads. Each call goes to the
 * one that is when it begins. Thread-safe.
 */
final class CurrentGenerator extends LeasedGenerator {

    private final RunningCalls callsOfTheRegistry;
    private SharedGenerator target;

    CurrentGenerator(SharedGenerator target, RunningCalls callsOfTheRegistry) {
        this.target = target;
        this.callsOfTheRegistry = callsOfTheRegistry;
    }

    /** Makes {@code next} current and returns the one that was. No call can enter the old one after that. */
    synchronized SharedGenerator swap(SharedGenerator next) {
        SharedGenerator old = target;
        target = next;
        return old;
    }

    @Override
    synchronized SharedGenerator.Lease lease() {
        return target.lease();
    }

    @Override
    synchronized SharedGenerator.Lease leaseToAsk() {
        return target.leaseToAsk();
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        return callsOfTheRegistry.run(this::info, context, call -> {
            return super.generate(request, call.passOn());
        });
    }

    @Override
    public void prepare(GenerationContext context) {
        callsOfTheRegistry.run(this::info, context, call -> {
            super.prepare(call.passOn());
            return true;
        });
    }

    @Override
    public synchronized String toString() {
        return "CurrentGenerator[" + target + "]";
    }
}
