package dev.triptych.storage;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Work that a child process does until it is killed, and what must be true of its files afterwards. */
public interface KillScenario {

    /**
     * Does the work of one run in {@code directory}; tells {@code done} of each step once it has returned, so that it
     * must not be lost from then on.
     */
    void work(int run, Path directory, DurableFiles files, Consumer<String> done) throws Exception;

    /** Checks {@code directory} after the child was killed, knowing what it said it had done. */
    void verify(int run, Path directory, List<String> done) throws Exception;
}
