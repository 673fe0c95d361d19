package dev.triptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.KillChild;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a child process at write points of the store of jobs and pictures, again and again in the same folder: no job
 * is lost, none is doubled, and in the end all are painted. With {@code -Dtriptych.kills=N} it kills N times, at every
 * write point there is and then at any; by default six times.
 */
class JobsKillTest {

    private static final int KILLED = 137;

    @TempDir
    private Path folder;

    @Test
    void losesAndDoublesNoJobWhereverItIsKilled() throws Exception {
        int kills = Integer.getInteger("triptych.kills", 6);
        JobsKillScenario scenario = new JobsKillScenario();
        // Of few kills, those that fall on the first jobs' own writes; of many, each write point in turn.
        int stride = kills < 50 ? 5 : 1;
        int haltAt = kills < 50 ? 13 : 1;
        int killed = 0;
        for (int run = 1; killed < kills; run++) {
            List<String> done = new ArrayList<>();
            Process child = start(run, haltAt);
            try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    done.add(line);
                }
            }
            int exit = child.waitFor();
            assertThat(exit).as("exit code of run " + run).isIn(0, KILLED);
            scenario.verify(run, folder, done);
            killed += exit == KILLED ? 1 : 0;
            haltAt = exit == KILLED ? haltAt + stride : 1;
        }

        try (Jobs jobs = JobsKillScenario.start(folder, DurableFiles.system())) {
            for (Job job : jobs.page(JobStore.Query.newest(100_000)).jobs()) {
                assertThat(jobs.ending(job.id()).get(30, TimeUnit.SECONDS).status())
                        .isEqualTo(JobStatus.COMPLETED);
            }
        }
    }

    private Process start(int run, int haltAt) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillChild.class.getName(),
                        JobsKillScenario.class.getName(),
                        folder.toString(),
                        Integer.toString(run),
                        Integer.toString(haltAt))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
