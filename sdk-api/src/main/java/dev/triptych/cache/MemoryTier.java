package dev.triptych.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Optional;

/** Results in memory, as many as fit into so many bytes; Caffeine decides which. Thread-safe. */
final class MemoryTier {

    private final Cache<CacheKey, CachedResult> results;

    MemoryTier(long maxBytes) {
        this.results = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((CacheKey key, CachedResult result) -> result.weight())
                .executor(Runnable::run)
                .build();
    }

    Optional<CachedResult> get(CacheKey key) {
        return Optional.ofNullable(results.getIfPresent(key));
    }

    void put(CacheKey key, CachedResult result) {
        results.put(key, result);
    }

    void clear() {
        results.invalidateAll();
    }

    long entries() {
        results.cleanUp();
        return results.estimatedSize();
    }

    long bytes() {
        return results.asMap().values().stream().mapToLong(CachedResult::weight).sum();
    }
}
