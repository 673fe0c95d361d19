package dev.triptych.storage;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** The child process: does a scenario's work and halts at a write point, or goes on until it is killed. */
public final class KillChild {

    /** The exit code of {@code kill -9}. */
    static final int KILLED = 137;

    private KillChild() {}

    /** Arguments: scenario class, directory, run, number of the write point to halt at (0 = none, and begin again). */
    public static void main(String[] arguments) throws Exception {
        KillScenario scenario = Class.forName(arguments[0])
                .asSubclass(KillScenario.class)
                .getDeclaredConstructor()
                .newInstance();
        Path directory = Path.of(arguments[1]);
        int run = Integer.parseInt(arguments[2]);
        int haltAt = Integer.parseInt(arguments[3]);
        AtomicInteger reached = new AtomicInteger();
        DurableFiles files = new DurableFiles(step -> {
            if (reached.incrementAndGet() == haltAt) {
                Runtime.getRuntime().halt(KILLED);
            }
        });
        do {
            scenario.work(run, directory, files, KillChild::say);
        } while (haltAt == 0);
    }

    private static void say(String step) {
        System.out.println(step);
        System.out.flush();
    }
}
