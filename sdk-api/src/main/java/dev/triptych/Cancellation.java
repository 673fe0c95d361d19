package dev.triptych;

import dev.triptych.internal.AllSteps;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A wish to stop that travels with a request. Thread-safe; once cancelled it stays cancelled. */
public final class Cancellation {

    private final List<Runnable> actions = new CopyOnWriteArrayList<>();
    private boolean cancelled;

    /** A cancellation that nobody has asked for yet. */
    public Cancellation() {}

    /**
     * Asks to stop: runs what was registered, each once, also when one of them fails. A second call does nothing.
     *
     * @throws RuntimeException the first error of an action, with the others suppressed
     */
    public void cancel() {
        List<Runnable> toRun;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            toRun = new ArrayList<>(actions);
            actions.clear();
        }
        AllSteps.run(toRun);
    }

    /** Whether somebody asked to stop. */
    public synchronized boolean isCancelled() {
        return cancelled;
    }

    /**
     * Runs {@code action} when somebody asks to stop, at once if that has happened already. Closing the registration
     * takes the action back.
     */
    public Registration onCancel(Runnable action) {
        synchronized (this) {
            if (!cancelled) {
                actions.add(action);
                return () -> actions.remove(action);
            }
        }
        action.run();
        return () -> {};
    }

    /** An action that waits for a cancellation. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        /** Takes the action back. */
        @Override
        void close();
    }
}
