package dev.triptych.resilience;

import dev.triptych.ImageResult;

/** One link of a generator's chain: does its part and runs the next. */
@FunctionalInterface
interface Stage {

    ImageResult run(Call call);

    /** Takes back what the link registered, when its generator closes. */
    default void unregister() {}
}
