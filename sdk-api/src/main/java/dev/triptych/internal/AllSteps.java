package dev.triptych.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** Steps that are all taken, also when one of them fails: closing several things, telling several listeners. */
public final class AllSteps {

    private @Nullable Throwable first;

    private AllSteps() {}

    /**
     * Takes every step, in order.
     *
     * @throws RuntimeException the first failure, with the later ones suppressed in it; an {@link Error} likewise
     */
    public static void run(Iterable<? extends Runnable> steps) {
        AllSteps failures = new AllSteps();
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException | Error e) {
                failures.add(e);
            }
        }
        failures.throwFirst();
    }

    /**
     * Takes every step at the same time, on threads of their own, and returns after the last: for steps that wait.
     *
     * @throws RuntimeException the failure of the first step that failed, by their order, with the others suppressed in
     *     it; an {@link Error} likewise
     */
    public static void runAtOnce(List<? extends Runnable> steps) {
        if (steps.size() <= 1) {
            run(steps);
            return;
        }
        List<FutureTask<?>> tasks = new ArrayList<>();
        for (Runnable step : steps) {
            FutureTask<?> task = new FutureTask<>(step, null);
            tasks.add(task);
            Thread thread = new Thread(task, "triptych-close");
            thread.setDaemon(true);
            thread.start();
        }
        AllSteps failures = new AllSteps();
        boolean interrupted = false;
        for (FutureTask<?> task : tasks) {
            interrupted |= failures.await(task);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        failures.throwFirst();
    }

    /** Waits for the end of {@code task}; whether this thread was interrupted meanwhile. */
    private boolean await(FutureTask<?> task) {
        boolean interrupted = false;
        while (true) {
            try {
                task.get();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                add(e.getCause() == null ? e : e.getCause());
                return interrupted;
            }
        }
    }

    private void add(Throwable failure) {
        if (first == null) {
            first = failure;
        } else if (first != failure) {
            first.addSuppressed(failure);
        }
    }

    private void throwFirst() {
        if (first instanceof Error error) {
            throw error;
        }
        if (first instanceof RuntimeException failure) {
            throw failure;
        }
    }
}
