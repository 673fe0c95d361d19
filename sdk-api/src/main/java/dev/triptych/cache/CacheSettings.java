package dev.triptych.cache;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where pictures are kept, and how many.
 *
 * @param policy which pictures may be served again
 * @param memoryBytes the most that the memory tier holds, in bytes of pictures, up to 1 TiB; 0 = no such tier
 * @param directory where the directory tier is; empty = no such tier
 * @param directoryBytes the most that the directory tier holds, up to 1 PiB; what was used longest ago goes first
 * @param shared a cache that other machines share; empty = no such tier
 */
public record CacheSettings(
        CachePolicy policy,
        long memoryBytes,
        Optional<Path> directory,
        long directoryBytes,
        Optional<JCacheSettings> shared) {

    /** @throws IllegalArgumentException if a size is out of range */
    public CacheSettings {
        requireUpTo("cache.memory", 1L << 40, memoryBytes);
        requireUpTo("cache.max-size", 1L << 50, directoryBytes);
    }

    private static void requireUpTo(String name, long most, long value) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(name + " must be between 0 and " + most + " bytes but was " + value);
        }
    }

    /** Deterministic pictures, 64 MiB of them in memory; a directory, once set, holds 2 GiB. */
    public static CacheSettings standard() {
        return new CacheSettings(CachePolicy.DETERMINISTIC, 64L << 20, Optional.empty(), 2L << 30, Optional.empty());
    }

    /** These settings with another policy. */
    public CacheSettings withPolicy(CachePolicy value) {
        return new CacheSettings(value, memoryBytes, directory, directoryBytes, shared);
    }

    /** These settings with another size of the memory tier. */
    public CacheSettings withMemoryBytes(long value) {
        return new CacheSettings(policy, value, directory, directoryBytes, shared);
    }

    /** These settings with a directory tier. */
    public CacheSettings withDirectory(Path value) {
        return new CacheSettings(policy, memoryBytes, Optional.of(value), directoryBytes, shared);
    }

    /** These settings with another size of the directory tier. */
    public CacheSettings withDirectoryBytes(long value) {
        return new CacheSettings(policy, memoryBytes, directory, value, shared);
    }

    /** These settings with a shared tier. */
    public CacheSettings withShared(JCacheSettings value) {
        return new CacheSettings(policy, memoryBytes, directory, directoryBytes, Optional.of(value));
    }
}
