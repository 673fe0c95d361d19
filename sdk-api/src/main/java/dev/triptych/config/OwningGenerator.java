package dev.triptych.config;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;

/** A generator that closes what its chain stands on when it is closed itself. Thread-safe. */
final class OwningGenerator implements ImageGenerator {

    private final ImageGenerator chain;
    private final Runnable release;

    OwningGenerator(ImageGenerator chain, Runnable release) {
        this.chain = chain;
        this.release = release;
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        return chain.generate(request, context);
    }

    @Override
    public Capabilities capabilities() {
        return chain.capabilities();
    }

    @Override
    public GeneratorInfo info() {
        return chain.info();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : chain.unwrap(type);
    }

    @Override
    public void close() {
        try {
            chain.close();
        } finally {
            release.run();
        }
    }

    @Override
    public String toString() {
        return chain.toString();
    }
}
