package dev.triptych.resilience;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageResult;
import java.util.List;

/** Tells the observers of each attempt. */
final class ObservedAttempt implements Stage {

    private final GeneratorInfo generator;
    private final List<GenerationObserver> observers;
    private final Stage next;

    ObservedAttempt(GeneratorInfo generator, List<GenerationObserver> observers, Stage next) {
        this.generator = generator;
        this.observers = List.copyOf(observers);
        this.next = next;
    }

    @Override
    public ImageResult run(Call call) {
        Watches watches = Watches.start(
                observers,
                observer -> observer.attemptStarted(
                        generator, call.request(), call.context().requestId(), call.attempt()));
        return watches.around(() -> next.run(call));
    }
}
