package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.util.function.Consumer;

/** A generator that shows each call's context before it passes it on. */
public record SpyGenerator(ImageGenerator next, Consumer<GenerationContext> spy) implements ImageGenerator {

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        spy.accept(context);
        return next.generate(request, context);
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
    public void close() {
        next.close();
    }
}
