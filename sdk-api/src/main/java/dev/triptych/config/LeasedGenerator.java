package dev.triptych.config;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.util.function.Function;

/**
 * A generator that leases another one for each call. Closing it does nothing, since that one belongs to the registry.
 */
abstract class LeasedGenerator implements ImageGenerator {

    /** Leases the generator for a call. */
    abstract SharedGenerator.Lease lease();

    /** Leases the generator to be asked what it is, which it can be after it was closed too. */
    abstract SharedGenerator.Lease leaseToAsk();

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        try (SharedGenerator.Lease lease = lease()) {
            return lease.generator().generate(request, context);
        }
    }

    @Override
    public void prepare(GenerationContext context) {
        try (SharedGenerator.Lease lease = lease()) {
            lease.generator().prepare(context);
        }
    }

    @Override
    public Capabilities capabilities() {
        return ask(ImageGenerator::capabilities);
    }

    @Override
    public GeneratorInfo info() {
        return ask(ImageGenerator::info);
    }

    @Override
    public ImageRequest pinned(ImageRequest request) {
        return ask(generator -> generator.pinned(request));
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return type.isInstance(this) ? type.cast(this) : ask(generator -> generator.unwrap(type));
    }

    private <T> T ask(Function<ImageGenerator, T> question) {
        try (SharedGenerator.Lease lease = leaseToAsk()) {
            return question.apply(lease.generator());
        }
    }

    @Override
    public void close() {}
}
