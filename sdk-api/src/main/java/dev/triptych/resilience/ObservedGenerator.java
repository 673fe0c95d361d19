package dev.triptych.resilience;

import dev.triptych.ForwardingGenerator;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.RunningCalls;
import dev.triptych.internal.Stopwatch;
import java.util.List;

/** The outermost link: tells the observers of each request, and measures its time from end to end. Thread-safe. */
public final class ObservedGenerator extends ForwardingGenerator {

    private final List<GenerationObserver> observers;
    private final Runnable afterTheLastCall;

    /** {@code next}, watched by {@code observers}. */
    public ObservedGenerator(ImageGenerator next, List<GenerationObserver> observers) {
        this(next, observers, () -> {});
    }

    ObservedGenerator(ImageGenerator next, List<GenerationObserver> observers, Runnable afterTheLastCall) {
        super(next);
        this.observers = List.copyOf(observers);
        this.afterTheLastCall = afterTheLastCall;
    }

    @Override
    protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
        Watches watches = Watches.start(
                observers,
                observer ->
                        observer.requestStarted(info(), request, call.caller().requestId()));
        return watches.around(() -> timed(request, call));
    }

    private ImageResult timed(ImageRequest request, RunningCalls.Call call) {
        Stopwatch time = Stopwatch.started(call.caller().clock());
        ImageResult made = forward(request, call);
        return made.withExecution(made.execution().withTotal(time.elapsed()));
    }

    @Override
    protected void release() {
        afterTheLastCall.run();
    }

    @Override
    public String toString() {
        return "observe → " + next();
    }
}
