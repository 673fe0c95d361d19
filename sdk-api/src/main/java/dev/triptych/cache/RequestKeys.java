package dev.triptych.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.triptych.Capabilities;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.Negotiation;
import dev.triptych.NegotiationMode;
import dev.triptych.UnsupportedRequestException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the keys of one generator's requests, and remembers those of late. Thread-safe. */
final class RequestKeys {

    /** A longer prompt is not worth remembering. */
    private static final int LONGEST_REMEMBERED = 4096;

    private static final int REMEMBERED = 1024;

    private final ImageGenerator generator;
    private final CachePolicy policy;
    private final String settings;
    private final Cache<Asked, Found> remembered = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .executor(Runnable::run)
            .build();

    RequestKeys(ImageGenerator generator, CachePolicy policy, String settings) {
        this.generator = generator;
        this.policy = policy;
        this.settings = settings;
    }

    private record Asked(ImageRequest request, NegotiationMode mode) {}

    private record Found(Optional<KeyedRequest> key) {}

    /** The key of a request; empty where the policy keeps nothing of it, or the generator cannot do it. */
    Optional<KeyedRequest> key(ImageRequest asked, NegotiationMode mode) {
        if (!mayKeep(asked)) {
            return Optional.empty();
        }
        ImageRequest request = generator.pinned(asked);
        boolean small = request.inputs().isEmpty()
                && request.prompt().length() + request.negativePrompt().length() <= LONGEST_REMEMBERED;
        Asked question = new Asked(request, mode);
        @Nullable Found known = small ? remembered.getIfPresent(question) : null;
        if (known != null) {
            return known.key();
        }
        Capabilities capabilities = generator.capabilities();
        Optional<KeyedRequest> found = find(request, mode, capabilities);
        if (small && !capabilities.provisional()) {
            remembered.put(question, new Found(found));
        }
        return found;
    }

    /** Whether the policy may keep something of {@code request}. */
    boolean mayKeep(ImageRequest request) {
        return policy == CachePolicy.REUSE
                || (policy == CachePolicy.DETERMINISTIC && request.seed().isPresent());
    }

    private Optional<KeyedRequest> find(ImageRequest request, NegotiationMode mode, Capabilities capabilities) {
        Negotiation.Negotiated negotiated;
        try {
            negotiated = Negotiation.negotiate(
                    request, capabilities, mode, generator.info().provider());
        } catch (UnsupportedRequestException e) {
            // What this generator cannot do, another one of its chain may; and if none can, the chain says so.
            return Optional.empty();
        }
        boolean kept = policy == CachePolicy.REUSE
                || (capabilities.deterministicSeeds()
                        && negotiated.request().seed().isPresent());
        if (!kept) {
            return Optional.empty();
        }
        return Optional.of(new KeyedRequest(
                CacheKey.of(generator.info(), settings, negotiated.request()),
                negotiated.request(),
                negotiated.warnings()));
    }
}
