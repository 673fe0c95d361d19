package dev.triptych.config;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;

/**
 * Stands for whichever generator is current: of the whole registry, or of one name over reloads. Each call goes to the
 * one that is when it begins. Thread-safe.
 */
final class CurrentGenerator implements ImageGenerator {

    private SharedGenerator target;

    CurrentGenerator(SharedGenerator target) {
        this.target = target;
    }

    /** Makes {@code next} current and returns the one that was. No call can enter the old one after that. */
    synchronized SharedGenerator swap(SharedGenerator next) {
        SharedGenerator old = target;
        target = next;
        return old;
    }

    private synchronized SharedGenerator.Lease lease() {
        return target.lease();
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        try (SharedGenerator.Lease lease = lease()) {
            return lease.generator().generate(request, context);
        }
    }

    @Override
    public Capabilities capabilities() {
        try (SharedGenerator.Lease lease = lease()) {
            return lease.generator().capabilities();
        }
    }

    @Override
    public GeneratorInfo info() {
        try (SharedGenerator.Lease lease = lease()) {
            return lease.generator().info();
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        try (SharedGenerator.Lease lease = lease()) {
            return lease.generator().unwrap(type);
        }
    }

    @Override
    public void close() {}

    @Override
    public synchronized String toString() {
        return "CurrentGenerator[" + target + "]";
    }
}
