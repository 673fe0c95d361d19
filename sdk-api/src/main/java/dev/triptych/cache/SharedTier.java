package dev.triptych.cache;

import java.util.Optional;

/** A key-value store that other processes or machines share. Thread-safe; any exception is a miss and a log line. */
public interface SharedTier extends AutoCloseable {

    /** The value of {@code key}. */
    Optional<byte[]> get(String key);

    /** Sets the value of {@code key}. */
    void put(String key, byte[] value);

    /** Removes {@code key}. */
    void remove(String key);

    /** Removes every key. */
    void clear();

    /** Lets go of the store. */
    @Override
    void close();
}
