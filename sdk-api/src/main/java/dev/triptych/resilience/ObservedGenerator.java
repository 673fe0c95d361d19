package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The outermost link: tells the observers of each request, and the caller's listener of its end, once, whatever the
 * links within say. Thread-safe.
 */
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
        return watches.around(() -> generateAndTell(request, context));
    }

    private ImageResult generateAndTell(ImageRequest request, GenerationContext context) {
        Instant start = context.clock().instant();
        GenerationContext inner = context.toBuilder()
                .listener(event -> passOn(event, context))
                .build();
        ImageResult result;
        try {
            ImageResult made = next.generate(request, inner);
            Duration total = Duration.between(start, context.clock().instant());
            result = made.withExecution(made.execution().withTotal(total));
        } catch (ImageGenerationException e) {
            context.emit(new GenerationEvent.Failed(e));
            throw e;
        }
        context.emit(new GenerationEvent.Completed(result));
        return result;
    }

    /** One call's end is not the request's. */
    private static void passOn(GenerationEvent event, GenerationContext context) {
        if (!(event instanceof GenerationEvent.Completed || event instanceof GenerationEvent.Failed)) {
            context.emit(event);
        }
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
