package dev.triptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * Worker processes that are killed at random, half of them while they paint and half when a picture is painted and its
 * job does not know yet; each is followed by another. When there were enough kills the rest paint in peace.
 */
final class KilledWorkers implements AutoCloseable {

    private final String url;
    private final Path folder;
    private final Random random = new Random(19);
    private final CompletableFuture<Void> enough = new CompletableFuture<>();

    // Guarded by this.
    private final List<Process> processes = new ArrayList<>();
    private int killsLeft;
    private boolean closed;

    private KilledWorkers(String url, Path folder, int kills) {
        this.url = url;
        this.folder = folder;
        this.killsLeft = kills;
    }

    /** So many {@code workers} at a time, until there were {@code kills}. */
    static KilledWorkers start(String url, Path folder, int workers, int kills) throws IOException {
        KilledWorkers all = new KilledWorkers(url, folder, kills);
        for (int i = 0; i < workers; i++) {
            all.startOne();
        }
        return all;
    }

    /** Completes when all have been killed that shall be; or with what went wrong. */
    CompletableFuture<Void> enough() {
        return enough;
    }

    private synchronized void startOne() throws IOException {
        if (closed) {
            return;
        }
        Process worker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SharingWorker.class.getName(),
                        url,
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        processes.add(worker);
        Thread follower = new Thread(() -> follow(worker), "follows-" + worker.pid());
        follower.setDaemon(true);
        follower.start();
    }

    private void follow(Process worker) {
        try (BufferedReader lines = worker.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                assertThat(line).isIn(SharingWorker.BEGINS, SharingWorker.PAINTED);
                if (shallBeKilled()) {
                    worker.destroyForcibly().waitFor();
                    startOne();
                    killed();
                    return;
                }
                if (line.equals(SharingWorker.BEGINS)) {
                    worker.outputWriter(StandardCharsets.UTF_8).append('\n').flush();
                }
            }
        } catch (Exception | AssertionError e) {
            enough.completeExceptionally(e);
        }
    }

    private synchronized boolean shallBeKilled() {
        boolean kill = killsLeft > 0 && random.nextInt(6) == 0;
        killsLeft -= kill ? 1 : 0;
        return kill;
    }

    private synchronized void killed() {
        if (killsLeft == 0) {
            enough.complete(null);
        }
    }

    @Override
    public void close() {
        List<Process> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(processes);
        }
        left.forEach(worker -> worker.destroyForcibly().onExit().join());
    }
}
