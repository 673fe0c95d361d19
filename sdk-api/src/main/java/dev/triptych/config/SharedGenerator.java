package dev.triptych.config;

import dev.triptych.ErrorOrigin;
import dev.triptych.ImageGenerator;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A generator that is made when it is first needed and shared by all who hold this. It can be retired: calls in flight
 * keep the old one, which closes when the last of them returns, and the next call makes a new one. Once dropped, it
 * serves the chains that hold it until the last of them is closed. Thread-safe.
 */
final class SharedGenerator extends LeasedGenerator {

    private static final System.Logger LOG = System.getLogger(SharedGenerator.class.getName());

    private final String name;
    private final Supplier<ImageGenerator> maker;

    // Guarded by this.
    private @Nullable Live live;
    private final Set<Live> leaving = new HashSet<>();
    private int holders;
    private boolean dropped;
    private boolean shut;

    SharedGenerator(String name, Supplier<ImageGenerator> maker) {
        this.name = name;
        this.maker = maker;
    }

    /** The name in the configuration. */
    String name() {
        return name;
    }

    /** One generator that was made, and how many calls use it. Guarded by the outer object's lock. */
    private static final class Live {
        private final ImageGenerator generator;
        private int leases;

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
                return leased.leases == 0 && leaving.remove(leased);
            }
        }
    }

    @Override
    synchronized Lease lease() {
        if (shut) {
            throw closed();
        }
        return leaseToAsk();
    }

    @Override
    synchronized Lease leaseToAsk() {
        Live leased = live;
        if (leased == null) {
            if (shut) {
                throw closed();
            }
            leased = new Live(maker.get());
            live = leased;
        }
        leased.leases++;
        return new Lease(leased);
    }

    private ProviderUnavailableException closed() {
        return new ProviderUnavailableException(
                "generator " + name + " must be open but was closed", ErrorOrigin.of("triptych", Outcome.NOT_SENT));
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
        if (old == null || shut) {
            return null;
        }
        live = null;
        if (old.leases == 0) {
            return old.generator;
        }
        leaving.add(old);
        return null;
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

    /**
     * Lets no new call in.
     *
     * @return what closes the generator, and those that calls in flight still use
     */
    synchronized List<Runnable> shut() {
        shut = true;
        List<Runnable> closing = new ArrayList<>();
        leaving.forEach(each -> closing.add(each.generator::close));
        if (live != null) {
            closing.add(live.generator::close);
        }
        return closing;
    }

    /** Whether there is nothing left to close. */
    synchronized boolean isGone() {
        return live == null && leaving.isEmpty();
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
    public String toString() {
        return "SharedGenerator[" + name + "]";
    }
}
