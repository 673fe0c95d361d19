package dev.triptych.cache;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import java.util.List;

/**
 * A request that may be served from the cache.
 *
 * @param key the name of its entry
 * @param effective what is left of it after negotiation
 * @param warnings the differences that negotiation found
 */
record KeyedRequest(CacheKey key, ImageRequest effective, List<GenerationWarning> warnings) {}
