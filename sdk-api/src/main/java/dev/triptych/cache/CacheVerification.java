package dev.triptych.cache;

/**
 * What reading the whole directory tier found.
 *
 * @param intact entries that are whole
 * @param removedEntries entries that were damaged or incomplete and were removed
 * @param removedPictures pictures that were not what their names say and were removed
 */
public record CacheVerification(int intact, int removedEntries, int removedPictures) {}
