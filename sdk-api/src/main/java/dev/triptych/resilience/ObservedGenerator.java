package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The outermost link: tells the observers of each request, and measures its time from end to end. Thread-safe. */
public final class ObservedGenerator implements ImageGenerator {

    private final ImageGenerator next;
    private final List<GenerationObserver> observers;

    /** {@code next}, watched by {@code observers}. */
    public ObservedGenerator(ImageGenerator next, List<GenerationObserver> observers) {
        this.next = next;
        this.observers = List.copyOf(observers);
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        Watches watches = Watches.start(
                observers, observer -> observer.requestStarted(next.info(), request, context.requestId()));
        return watches.around(() -> timed(request, context));
    }

    private ImageResult timed(ImageRequest request, GenerationContext context) {
        Instant start = context.clock().instant();
        ImageResult made = next.generate(request, context);
        Duration total = Duration.between(start, context.clock().instant());
        return made.withExecution(made.execution().withTotal(total));
    }

    @Override
    public Capabilities capabilities() {
        return next.capabilities();
    }

    @Override
    public GeneratorInfo info() {
        return next.info();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : next.unwrap(type);
    }

    @Override
    public void close() {
        next.close();
    }

    @Override
    public String toString() {
        return "observe → " + next;
    }
}
