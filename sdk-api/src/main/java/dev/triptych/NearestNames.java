package dev.triptych;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Known names in the order of how close they are to a mistyped one: what was probably meant comes first. */
public final class NearestNames {

    private NearestNames() {}

    /** All of {@code known}, by Levenshtein distance to {@code typed}, then by the alphabet. */
    public static List<String> to(String typed, Collection<String> known) {
        return known.stream()
                .distinct()
                .sorted(Comparator.comparingInt((String name) -> distance(typed, name))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /** The fewest letters to insert, remove or replace; one row of Wagner and Fischer's table at a time. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
