package dev.triptych.cache;

import dev.triptych.ImageRequest;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The pictures that were made before, in up to three tiers: memory, a directory, a shared cache. What goes wrong with a
 * tier is a miss and a line in the log, never an error of a request. Thread-safe; one serves many generators.
 *
 * <pre>{@code
 * try (PictureCache cache = PictureCache.open(CacheSettings.standard().withDirectory(directory))) {
 *     ImageGenerator cached = new CachingGenerator(generator, cache);
 * }
 * }</pre>
 */
public final class PictureCache implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(PictureCache.class.getName());

    private final CachePolicy policy;
    private final @Nullable MemoryTier memory;
    private final @Nullable DirectoryTier directory;
    private final @Nullable SharedTier shared;
    private final InFlightRequests inFlight = new InFlightRequests();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder followed = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final AtomicBoolean warned = new AtomicBoolean();

    PictureCache(CacheSettings settings, Optional<SharedTier> shared, Clock clock, DurableFiles files) {
        this.policy = settings.policy();
        this.memory = settings.memoryBytes() > 0 ? new MemoryTier(settings.memoryBytes()) : null;
        this.directory = settings.directory()
                .map(root -> new DirectoryTier(root, settings.directoryBytes(), clock, files))
                .orElse(null);
        this.shared = shared.orElse(null);
    }

    /**
     * The cache of {@code settings}, with what its directory and its shared tier hold already.
     *
     * @throws IllegalArgumentException if a shared tier is asked for and cannot be had
     */
    public static PictureCache open(CacheSettings settings) {
        return new PictureCache(
                settings, settings.shared().map(PictureCache::jcache), Clock.systemUTC(), DurableFiles.system());
    }

    /** The cache of {@code settings} with a shared tier of the application's own. */
    public static PictureCache open(CacheSettings settings, SharedTier shared) {
        return new PictureCache(settings, Optional.of(shared), Clock.systemUTC(), DurableFiles.system());
    }

    private static SharedTier jcache(JCacheSettings settings) {
        try {
            return JCacheTier.open(settings);
        } catch (NoClassDefFoundError e) {
            throw new IllegalArgumentException(
                    "cache.jcache needs javax.cache:cache-api and a provider on the class path but found none", e);
        }
    }

    /** Which pictures may be served again, where a generator's own settings say nothing else. */
    public CachePolicy policy() {
        return policy;
    }

    InFlightRequests inFlight() {
        return inFlight;
    }

    Optional<CachedResult> inMemory(CacheKey key) {
        return memory == null ? Optional.empty() : memory.get(key);
    }

    /** The entry of {@code key} in the slower tiers; what is found goes into the faster ones. */
    Optional<CachedResult> inSlowerTiers(CacheKey key, ImageRequest asked) {
        Optional<CachedResult> found = inDirectory(key, asked);
        if (found.isEmpty() && shared != null) {
            found = inShared(shared, key, asked);
            found.ifPresent(result -> storeInDirectory(key, ResultCodec.encode(result)));
        }
        if (memory != null && found.isPresent()) {
            memory.put(key, found.get());
        }
        return found;
    }

    private Optional<CachedResult> inDirectory(CacheKey key, ImageRequest asked) {
        if (directory == null) {
            return Optional.empty();
        }
        try {
            return directory.get(key, (head, blobs) -> ResultCodec.decode(head, blobs, asked));
        } catch (IOException e) {
            failed("the cache directory cannot be read", e);
            return Optional.empty();
        }
    }

    private Optional<CachedResult> inShared(SharedTier tier, CacheKey key, ImageRequest asked) {
        try {
            Optional<byte[]> value = tier.get(key.hex());
            Optional<CachedResult> result = value.flatMap(bytes -> SharedEntries.read(key, bytes))
                    .flatMap(parts -> ResultCodec.decode(parts.head(), parts.blobs(), asked));
            if (value.isPresent() && result.isEmpty()) {
                tier.remove(key.hex());
            }
            return result;
        } catch (RuntimeException e) {
            failed("the shared cache cannot be read", e);
            return Optional.empty();
        }
    }

    /** Keeps {@code result} in memory; others see it at once. */
    void storeInMemory(CacheKey key, CachedResult result) {
        if (memory != null) {
            memory.put(key, result);
        }
    }

    /** Keeps {@code result} in the slower tiers; whatever goes wrong, the result is not lost with it. */
    void storeInSlowerTiers(CacheKey key, CachedResult result) {
        if (directory == null && shared == null) {
            return;
        }
        try {
            store(key, ResultCodec.encode(result));
        } catch (RuntimeException | Error e) {
            failed("a picture cannot be kept", e);
        }
    }

    private void store(CacheKey key, StoredEntry entry) {
        storeInDirectory(key, entry);
        if (shared != null) {
            try {
                shared.put(key.hex(), SharedEntries.write(key, entry));
            } catch (RuntimeException e) {
                failed("the shared cache cannot be written", e);
            }
        }
    }

    private void storeInDirectory(CacheKey key, StoredEntry entry) {
        if (directory == null) {
            return;
        }
        try {
            directory.put(key, entry);
        } catch (IOException e) {
            failed("the cache directory cannot be written", e);
        }
    }

    /** A tier that is down fails with every request: it is a warning once. */
    private void failed(String what, Throwable e) {
        failures.increment();
        System.Logger.Level level = warned.getAndSet(true) ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING;
        LOG.log(level, what + "; requests go on without it", e);
    }

    void countHit() {
        hits.increment();
    }

    void countMiss() {
        misses.increment();
    }

    void countFollowed() {
        followed.increment();
    }

    /**
     * How full the tiers are and how they served.
     *
     * @throws IOException if the directory cannot be read
     */
    public CacheStats stats() throws IOException {
        DirectorySweep.Size size = directory == null
                ? new DirectorySweep.Size(0, 0, 0)
                : directory.sweep().size();
        return new CacheStats(
                memory == null ? 0 : memory.entries(),
                memory == null ? 0 : memory.bytes(),
                size.entries(),
                size.blobs(),
                size.bytes(),
                hits.sum(),
                misses.sum(),
                followed.sum(),
                failures.sum());
    }

    /**
     * Removes every entry of every tier, and says how full they were.
     *
     * @throws IOException if the directory cannot be written
     */
    public CacheStats clear() throws IOException {
        CacheStats before = stats();
        if (memory != null) {
            memory.clear();
        }
        if (directory != null) {
            directory.sweep().clear();
        }
        if (shared != null) {
            shared.clear();
        }
        return before;
    }

    /**
     * Reads the whole directory and removes what is damaged.
     *
     * @throws IOException if the directory cannot be read or written
     */
    public CacheVerification verify() throws IOException {
        if (directory == null) {
            return new CacheVerification(0, 0, 0);
        }
        DirectorySweep.Verified verified = directory.sweep().verify();
        return new CacheVerification(verified.intact(), verified.removedEntries(), verified.removedBlobs());
    }

    /** Lets go of the shared tier; the directory needs no end. */
    @Override
    public void close() {
        if (shared != null) {
            shared.close();
        }
    }
}
