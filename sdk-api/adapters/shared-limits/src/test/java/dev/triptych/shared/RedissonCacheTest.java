package dev.triptych.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.CacheStatus;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.cache.CacheSettings;
import dev.triptych.cache.CachingGenerator;
import dev.triptych.cache.JCacheSettings;
import dev.triptych.cache.PictureCache;
import dev.triptych.testkit.FaultyGenerator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis as the cache that machines share, through Redisson's JSR-107 provider, set up as the module's page says. */
class RedissonCacheTest {

    private static final ImageRequest FOX =
            ImageRequest.builder().prompt("a fox").seed(7).build();

    @TempDir
    private Path folder;

    private final FaultyGenerator studio = FaultyGenerator.named("studio");
    private RedisProcess redis;

    @BeforeEach
    void start() throws Exception {
        redis = RedisProcess.start();
    }

    @AfterEach
    void stop() throws Exception {
        if (redis != null) {
            redis.close();
        }
    }

    /** A cache of a machine of its own: Redisson keeps one client for each file. */
    private PictureCache machine(String name) throws Exception {
        String page = Files.readString(Path.of("README.md"));
        int begin = page.indexOf("singleServerConfig:");
        String yaml =
                page.substring(begin, page.indexOf("```", begin)).replace("redis://localhost:6379", redis.address());
        Path file = Files.writeString(folder.resolve(name + ".yaml"), yaml);
        return PictureCache.open(CacheSettings.standard()
                .withMemoryBytes(0)
                .withShared(new JCacheSettings(
                        Optional.of("org.redisson.jcache.JCachingProvider"), Optional.of(file.toUri()), "pictures")));
    }

    @Test
    void servesOneMachinesPictureToAnother() throws Exception {
        try (PictureCache one = machine("one");
                PictureCache other = machine("other")) {
            ImageResult made = new CachingGenerator(studio, one).generate(FOX);
            ImageResult again = new CachingGenerator(studio, other).generate(FOX);

            assertThat(again.execution().cache()).isEqualTo(CacheStatus.HIT);
            assertThat(again.images()).isEqualTo(made.images());
            assertThat(studio.calls()).isEqualTo(1);
        }
    }

    @Test
    void isAMissWhileRedisIsAway() throws Exception {
        redis.kill();
        try (PictureCache cache = machine("late")) {
            CachingGenerator cached = new CachingGenerator(studio, cache);
            assertThat(cached.generate(FOX).execution().cache()).isEqualTo(CacheStatus.MISS);

            redis.startAgain();
            assertThat(cached.generate(FOX).execution().cache()).isEqualTo(CacheStatus.MISS);
            assertThat(cached.generate(FOX).execution().cache()).isEqualTo(CacheStatus.HIT);

            redis.kill();
            assertThat(cached.generate(FOX).execution().cache()).isEqualTo(CacheStatus.MISS);
            assertThat(cache.stats().failures()).isEqualTo(4);
        }
    }
}
