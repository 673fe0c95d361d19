package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.RunningCalls;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A provider behind its own limits: rate limit → bulkhead → circuit breaker → retry → timeout → split → provider.
 * Thread-safe.
 */
public final class GuardedGenerator extends ForwardingGenerator {

    private final GuardSettings remote;
    private final GuardSettings local;
    private final GuardParts parts;

    // Guarded by this.
    private @Nullable StageLine line;

    private volatile @Nullable Widened capabilities;

    GuardedGenerator(ImageGenerator provider, GuardSettings remote, GuardSettings local, GuardParts parts) {
        super(provider);
        this.remote = remote;
        this.local = local;
        this.parts = parts;
    }

    /** {@code provider} behind {@code settings}. Closing it closes the provider. */
    public static GuardedGenerator of(ImageGenerator provider, GuardSettings settings, GuardParts parts) {
        return new GuardedGenerator(provider, settings, settings, parts);
    }

    @Override
    protected ImageResult serve(ImageRequest request, RunningCalls.Call running) {
        Call call = Call.first(request, running);
        ImageResult result = line().first().run(call);
        return result.withExecution(
                result.execution().withAttempts(Math.max(1, call.providerCalls().get())));
    }

    /** The links, which are made at the first call: only then the provider is asked who it is. */
    private StageLine line() {
        GeneratorInfo info = info();
        synchronized (this) {
            StageLine known = line;
            if (known == null) {
                parts.resilience().remove(info.name());
                known = GeneratorChain.aroundProvider(next(), info, info.local() ? local : remote, parts);
                line = known;
            }
            return known;
        }
    }

    /** What a provider said of itself, and the same with more pictures a call. */
    private record Widened(Capabilities said, Capabilities widened) {}

    /**
     * The provider's capabilities, but for the number of pictures: a request is split into as many calls as it takes.
     */
    @Override
    public Capabilities capabilities() {
        Capabilities said = next().capabilities();
        Widened known = capabilities;
        if (known == null || known.said() != said) {
            known = new Widened(said, said.withMaxImagesPerCall(ImageRequest.MAX_COUNT));
            capabilities = known;
        }
        return known.widened();
    }

    /** Also gives the journal and the registries of Resilience4j, with this generator's entries in them. */
    @Override
    public <T> T unwrap(Class<T> type) {
        Optional<T> registry = parts.resilience().find(type);
        if (registry.isPresent()) {
            line();
            return registry.get();
        }
        return parts.journal().filter(type::isInstance).map(type::cast).orElseGet(() -> super.unwrap(type));
    }

    @Override
    protected void release() {
        StageLine made;
        synchronized (this) {
            made = line;
        }
        if (made != null) {
            made.unregister();
        }
    }

    /** The chain, outermost first. */
    @Override
    public String toString() {
        return info().name() + ": " + line();
    }
}
