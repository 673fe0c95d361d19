package dev.triptych.config;

import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A generator that is made when it is first needed and shared by all who hold this. It can be retired: calls in flight
 * keep the old one, which closes when the last of them returns, and the next call makes a new one. Once dropped, it
 * serves the chains that hold it until the last of them is closed. Closing it does nothing, since it belongs to the
 * registry. Thread-safe.
 */
final class SharedGenerator implements ImageGenerator {

    private static final System.Logger LOG = System.getLogger(SharedGenerator.class.getName());

    private final String name;
    private final Supplier<ImageGenerator> maker;
    private @Nullable Live live;
    private int holders;
    private boolean dropped;
    private boolean shut;

    SharedGenerator(String name, Supplier<ImageGenerator> maker) {
        this.name = name;
        this.maker = maker;
    }

    /** One generator that was made, and how many calls use it. Guarded by the outer object's lock. */
    private static final class Live {
        private final ImageGenerator generator;
        private int leases;
        private boolean retired;

        Live(ImageGenerator generator) {
            this.generator = generator;
        }
    }

    /** The right to use the generator until this is closed. */
    final class Lease implements AutoCloseable {
        private final Live leased;

        private Lease(Live leased) {
            this.leased = leased;
        }

        ImageGenerator generator() {
            return leased.generator;
        }

        @Override
        public void close() {
            if (isLastOfRetired()) {
                closeQuietly(leased.generator);
            }
        }

        private boolean isLastOfRetired() {
            synchronized (SharedGenerator.this) {
                leased.leases--;
                return leased.retired && leased.leases == 0;
            }
        }
    }

    /** Leases the generator, making it if need be. */
    synchronized Lease lease() {
        if (shut) {
            throw new IllegalStateException("generator " + name + " must be used before its registry is closed");
        }
        if (live == null) {
            live = new Live(maker.get());
        }
        live.leases++;
        return new Lease(live);
    }

    /** Lets go of the generator: it closes now, or when the last call in flight returns. */
    void retire() {
        ImageGenerator idle = detach();
        if (idle != null) {
            idle.close();
        }
    }

    private synchronized @Nullable ImageGenerator detach() {
        Live old = live;
        live = null;
        if (old == null) {
            return null;
        }
        old.retired = true;
        return old.leases == 0 ? old.generator : null;
    }

    /**
     * Keeps the generator usable beyond {@link #drop} until {@link #letGo}, for a chain that may fall back to it late.
     */
    synchronized void hold() {
        holders++;
    }

    void letGo() {
        synchronized (this) {
            holders--;
        }
        restIfUnheld();
    }

    /** Retires the generator, now or when nobody holds it any more, since a reload put another in its place. */
    void drop() {
        synchronized (this) {
            dropped = true;
        }
        restIfUnheld();
    }

    private void restIfUnheld() {
        synchronized (this) {
            if (!dropped || holders > 0) {
                return;
            }
        }
        rest();
    }

    /** Retires the generator; an error of closing it goes to the log. */
    void rest() {
        ImageGenerator idle = detach();
        if (idle != null) {
            closeQuietly(idle);
        }
    }

    /** Retires the generator for good. */
    void shut() {
        synchronized (this) {
            shut = true;
        }
        retire();
    }

    /** The picture of the call that came last is worth more than the error of a close that nobody waits for. */
    private void closeQuietly(ImageGenerator generator) {
        try {
            generator.close();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "generator " + name + " did not close", e);
        }
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        try (Lease lease = lease()) {
            return lease.generator().generate(request, context);
        }
    }

    @Override
    public Capabilities capabilities() {
        try (Lease lease = lease()) {
            return lease.generator().capabilities();
        }
    }

    @Override
    public GeneratorInfo info() {
        try (Lease lease = lease()) {
            return lease.generator().info();
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        try (Lease lease = lease()) {
            return lease.generator().unwrap(type);
        }
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
        return "SharedGenerator[" + name + "]";
    }
}
