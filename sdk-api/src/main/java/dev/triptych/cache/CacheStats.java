package dev.triptych.cache;

/**
 * How full a cache is and how it served.
 *
 * @param memoryEntries results in memory
 * @param memoryBytes what they weigh
 * @param directoryEntries results in the directory, those of other processes included
 * @param directoryPictures pictures in the directory; equal ones are there once
 * @param directoryBytes what the directory holds, in bytes
 * @param hits requests of this process that were served from here
 * @param misses requests of this process that had to be generated
 * @param shared requests of this process that were served by another one's generation at the same time
 * @param failures reads and writes of this process that failed and were passed over
 */
public record CacheStats(
        long memoryEntries,
        long memoryBytes,
        int directoryEntries,
        int directoryPictures,
        long directoryBytes,
        long hits,
        long misses,
        long shared,
        long failures) {}
