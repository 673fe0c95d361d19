package dev.triptych.config;

import java.util.Collection;
import java.util.Comparator;
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
        return new TreeSet<>(known)
                .stream()
                        .min(Comparator.comparingInt(each -> distance(wanted, each)))
                        .map(found -> ", the nearest is \"" + found + "\"")
                        .orElse("");
    }

    /** Levenshtein's distance: the fewest letters to insert, remove or replace. */
    private static int distance(String a, String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[b.length()];
    }
}
