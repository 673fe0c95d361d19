package dev.triptych;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a generator takes input pictures of one role. Immutable.
 *
 * @param most the most pictures of the role in one request; 0 = none
 * @param named whether each picture must name what it feeds
 * @param names what can be named, in alphabetical order; empty where nothing can
 * @param weighted whether a picture's own strength and window have an effect
 */
public record InputRule(int most, boolean named, Set<String> names, boolean weighted) {

    /** No picture of the role is taken. */
    public static final InputRule NONE = plain(0);

    /** Copies the names. */
    public InputRule {
        if (most < 0) {
            throw new IllegalArgumentException("most must be at least 0 but was " + most);
        }
        if (!named && !names.isEmpty()) {
            throw new IllegalArgumentException("names must be empty where pictures are not named but were " + names);
        }
        names = Collections.unmodifiableSet(new TreeSet<>(names));
    }

    /** At most {@code most} pictures, which name nothing and have no strength of their own. */
    public static InputRule plain(int most) {
        return new InputRule(most, false, Set.of(), false);
    }

    /** At most {@code most} pictures, each of which names one of {@code names}, with a strength and a window. */
    public static InputRule named(int most, Set<String> names) {
        return new InputRule(most, true, names, true);
    }
}
