package dev.triptych.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.Negotiation;
import dev.triptych.NegotiationMode;
import java.util.Optional;

/** Finds the keys of one generator's requests, and remembers those of late. Thread-safe. */
final class RequestKeys {

    /** A longer prompt is not worth remembering. */
    private static final int LONGEST_REMEMBERED = 4096;

    private static final int REMEMBERED = 1024;

    private final ImageGenerator generator;
    private final CachePolicy policy;
    private final Cache<Asked, Optional<KeyedRequest>> remembered = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .executor(Runnable::run)
            .build();

    RequestKeys(ImageGenerator generator, CachePolicy policy) {
        this.generator = generator;
        this.policy = policy;
    }

    private record Asked(ImageRequest request, NegotiationMode mode) {}

    /** The key of {@code request}; empty where the policy keeps nothing of it, or the generator cannot do it. */
    Optional<KeyedRequest> key(ImageRequest request, GenerationContext context) {
        if (policy == CachePolicy.OFF
                || (policy == CachePolicy.DETERMINISTIC && request.seed().isEmpty())) {
            return Optional.empty();
        }
        boolean small = request.inputs().isEmpty()
                && request.prompt().length() + request.negativePrompt().length() <= LONGEST_REMEMBERED;
        return small
                ? remembered.get(new Asked(request, context.negotiation()), asked -> find(request, asked.mode()))
                : find(request, context.negotiation());
    }

    private Optional<KeyedRequest> find(ImageRequest request, NegotiationMode mode) {
        Capabilities capabilities;
        Negotiation.Negotiated negotiated;
        try {
            capabilities = generator.capabilities();
            negotiated = Negotiation.negotiate(
                    request, capabilities, mode, generator.info().provider());
        } catch (ImageGenerationException e) {
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
                CacheKey.of(generator.info(), negotiated.request()), negotiated.request(), negotiated.warnings()));
    }
}
