package dev.triptych.cache;

import java.util.Optional;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * A JSR-107 cache as shared tier, opened when it is first used: a server that is away then is a miss, and asked again
 * with the next picture. Loaded only where {@code javax.cache} is on the class path.
 */
final class JCacheTier implements SharedTier {

    private final CachingProvider provider;
    private final JCacheSettings settings;

    // Guarded by this.
    private @Nullable CacheManager manager;
    private @Nullable Cache<String, byte[]> cache;

    private JCacheTier(CachingProvider provider, JCacheSettings settings) {
        this.provider = provider;
        this.settings = settings;
    }

    /**
     * The cache of {@code settings}, made if the provider does not know it.
     *
     * @throws IllegalArgumentException if there is no such provider
     */
    static SharedTier open(JCacheSettings settings) {
        try {
            return new JCacheTier(
                    settings.provider().map(Caching::getCachingProvider).orElseGet(Caching::getCachingProvider),
                    settings);
        } catch (CacheException e) {
            throw new IllegalArgumentException(
                    "cache.jcache.provider must name a JSR-107 provider on the class path but was "
                            + settings.provider().orElse("not set, and there is not exactly one"),
                    e);
        }
    }

    private synchronized Cache<String, byte[]> cache() {
        if (cache == null) {
            manager = provider.getCacheManager(
                    settings.uri().orElseGet(provider::getDefaultURI), provider.getDefaultClassLoader());
            @Nullable Cache<String, byte[]> known = manager.getCache(settings.name());
            cache = known != null
                    ? known
                    : manager.createCache(
                            settings.name(),
                            new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class));
        }
        return cache;
    }

    @Override
    public Optional<byte[]> get(String key) {
        return Optional.ofNullable(cache().get(key));
    }

    @Override
    public void put(String key, byte[] value) {
        cache().put(key, value);
    }

    @Override
    public void remove(String key) {
        cache().remove(key);
    }

    @Override
    public void clear() {
        cache().clear();
    }

    /** Closes the connection; what is stored stays for the others. */
    @Override
    public synchronized void close() {
        if (manager != null) {
            manager.close();
        }
    }
}
