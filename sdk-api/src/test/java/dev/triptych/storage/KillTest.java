package dev.triptych.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.cache.CacheKillScenario;
import dev.triptych.ledger.BudgetKillScenario;
import dev.triptych.ledger.JournalKillScenario;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a child process at every write point of cache, journal and budget, one after the other in the same directory,
 * and some more at any moment; after each kill nothing torn is served and nothing is forgotten.
 */
class KillTest {

    private static final int KILLS_AT_ANY_MOMENT = 28;

    @TempDir
    private Path temporary;

    @Test
    void losesNothingWhereverAProcessIsKilled() throws Exception {
        ChildProcesses processes = new ChildProcesses(temporary);
        processes.warmUp(
                KillChild.class.getName(),
                EveryScenario.class.getName(),
                Files.createDirectory(temporary.resolve("warm")).toString(),
                "0",
                "1000000");
        AtomicInteger kills = new AtomicInteger();

        List<CompletableFuture<Void>> all = List.of(
                inBackground(() -> killAll(processes, new CacheKillScenario(), "cache", kills)),
                inBackground(() -> killAll(processes, new JournalKillScenario(), "journal", kills)),
                inBackground(() -> killAll(processes, new BudgetKillScenario(), "budget", kills)));
        for (CompletableFuture<Void> each : all) {
            each.get();
        }

        assertThat(kills).hasValueGreaterThanOrEqualTo(200);
    }

    private interface Work {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> inBackground(Work work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                task -> new Thread(task).start());
    }

    private void killAll(ChildProcesses processes, KillScenario scenario, String name, AtomicInteger kills)
            throws Exception {
        Path directory = Files.createDirectory(temporary.resolve(name));
        int run = 1;
        while (killedAt(run, processes, scenario, directory)) {
            kills.incrementAndGet();
            run++;
        }
        for (int i = 0; i < KILLS_AT_ANY_MOMENT; i++) {
            run++;
            killAfter(1 + i % 5, run, processes, scenario, directory);
            kills.incrementAndGet();
        }
    }

    /** Halts the child at write point number {@code run}; false if it has no so many. */
    private static boolean killedAt(int run, ChildProcesses processes, KillScenario scenario, Path directory)
            throws Exception {
        Process child = start(run, run, processes, scenario, directory);
        List<String> done = ChildProcesses.lines(child);
        int exit = child.waitFor();
        assertThat(exit).as("exit code of run %s", run).isIn(0, KillChild.KILLED);
        scenario.verify(run, directory, done);
        return exit == KillChild.KILLED;
    }

    /** Kills the child from outside as soon as it has said {@code steps} things. */
    private static void killAfter(int steps, int run, ChildProcesses processes, KillScenario scenario, Path directory)
            throws Exception {
        Process child = start(run, 0, processes, scenario, directory);
        List<String> done = new ArrayList<>();
        try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                done.add(line);
                if (done.size() == steps) {
                    child.toHandle().destroyForcibly();
                }
            }
        }
        assertThat(child.waitFor()).isEqualTo(KillChild.KILLED);
        scenario.verify(run, directory, done);
    }

    private static Process start(int run, int haltAt, ChildProcesses processes, KillScenario scenario, Path directory)
            throws IOException {
        return processes.start(
                KillChild.class.getName(),
                scenario.getClass().getName(),
                directory.toString(),
                Integer.toString(run),
                Integer.toString(haltAt));
    }
}
