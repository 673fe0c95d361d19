package dev.triptych.config;

import dev.triptych.NearestNames;
import java.util.Collection;
import java.util.TreeSet;

/** Holds a key against the ones that are known, and finds the one that was probably meant. */
final class KnownKeys {

    private KnownKeys() {}

    /**
     * Checks that {@code key} is known.
     *
     * @param path where the key stands, such as {@code "generators.studio."}; {@code ""} = at the top
     * @throws ConfigException naming the nearest known key
     */
    static void check(String path, String key, Collection<String> known) {
        if (!known.contains(key)) {
            throw new ConfigException(path + key + " is not a known key" + nearest(key, known) + "; known are "
                    + String.join(", ", new TreeSet<>(known)));
        }
    }

    /** {@code ", the nearest is \"model\""}, or nothing where nothing is known. */
    static String nearest(String wanted, Collection<String> known) {
        return NearestNames.to(wanted, known).stream()
                .findFirst()
                .map(found -> ", the nearest is \"" + found + "\"")
                .orElse("");
    }
}
