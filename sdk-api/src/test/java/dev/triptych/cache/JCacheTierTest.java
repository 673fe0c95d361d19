package dev.triptych.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.CacheStatus;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.testkit.FaultyGenerator;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.cache.Cache;
import javax.cache.Caching;
import org.junit.jupiter.api.Test;

class JCacheTierTest {

    private static final ImageRequest FOX =
            ImageRequest.builder().prompt("a fox").seed(7).build();

    private final FaultyGenerator studio = FaultyGenerator.named("studio");

    private static CacheSettings shared(String name) {
        return CacheSettings.standard()
                .withMemoryBytes(0)
                .withShared(new JCacheSettings(Optional.empty(), Optional.empty(), name));
    }

    @Test
    void sharesPicturesThroughAnyJcacheProvider() {
        PictureCache one = PictureCache.open(shared("sharing"));
        PictureCache other = PictureCache.open(shared("sharing"));

        ImageResult made = new CachingGenerator(studio, one).generate(FOX);
        ImageResult again = new CachingGenerator(studio, other).generate(FOX);

        assertThat(again.execution().cache()).isEqualTo(CacheStatus.HIT);
        assertThat(again.images()).isEqualTo(made.images());
        assertThat(studio.calls()).isEqualTo(1);
    }

    @Test
    void missesAndRemovesWhatWasAltered() {
        PictureCache cache = PictureCache.open(shared("altered"));
        new CachingGenerator(studio, cache).generate(FOX);
        Cache<String, byte[]> raw =
                Caching.getCachingProvider().getCacheManager().getCache("altered");
        String key = CacheKey.of(studio.info(), FOX).hex();
        byte[] value = raw.get(key);
        for (int at = 0; at < value.length; at += 7) {
            byte[] altered = value.clone();
            altered[at] ^= 1;

            Optional<SharedEntries.Parts> parts = SharedEntries.read(new CacheKey(key), altered);
            assertThat(parts.flatMap(found -> ResultCodec.decode(found.head(), found.blobs(), FOX)))
                    .as("altered at byte %s", at)
                    .isEmpty();
        }

        raw.put(key, "garbage".getBytes(StandardCharsets.UTF_8));
        assertThat(cache.inSlowerTiers(new CacheKey(key), FOX)).isEmpty();
        assertThat(raw.containsKey(key)).isFalse();
    }

    @Test
    void goesOnWithoutASharedCacheThatFails() throws Exception {
        PictureCache cache = PictureCache.open(CacheSettings.standard().withMemoryBytes(0), new BrokenTier());

        ImageResult result = new CachingGenerator(studio, cache).generate(FOX);

        assertThat(result.images()).hasSize(1);
        assertThat(cache.stats().failures()).isEqualTo(2);
    }

    @Test
    void saysWhichProviderIsMissing() {
        CacheSettings settings = CacheSettings.standard()
                .withShared(new JCacheSettings(Optional.of("org.example.Missing"), Optional.empty(), "x"));

        assertThatThrownBy(() -> PictureCache.open(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cache.jcache.provider must name a JSR-107 provider on the class path but was"
                        + " org.example.Missing");
    }

    private static final class BrokenTier implements SharedTier {
        @Override
        public Optional<byte[]> get(String key) {
            throw new IllegalStateException("no connection");
        }

        @Override
        public void put(String key, byte[] value) {
            throw new IllegalStateException("no connection");
        }

        @Override
        public void remove(String key) {
            throw new IllegalStateException("no connection");
        }

        @Override
        public void clear() {
            throw new IllegalStateException("no connection");
        }

        @Override
        public void close() {}
    }
}
