package dev.triptych.storage;

import java.util.function.Consumer;

/** Durable files whose every step is heard before it is made, for tests of other modules that stop at one of them. */
public final class WatchedFiles {

    private WatchedFiles() {}

    /** Files that tell {@code steps} of each step, such as {@code "write first half"}, before it is made. */
    public static DurableFiles telling(Consumer<String> steps) {
        return new DurableFiles(steps::accept);
    }
}
