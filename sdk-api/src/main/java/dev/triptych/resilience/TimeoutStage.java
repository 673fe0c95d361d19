package dev.triptych.resilience;

import dev.triptych.ImageResult;

/** Gives each attempt its time limit. */
final class TimeoutStage implements Stage {

    private final AttemptTimeout timeout;
    private final Stage next;

    TimeoutStage(AttemptTimeout timeout, Stage next) {
        this.timeout = timeout;
        this.next = next;
    }

    @Override
    public ImageResult run(Call call) {
        return timeout.run(call.context(), limited -> next.run(call.with(limited)));
    }
}
