package dev.triptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ImageRequest;
import dev.triptych.storage.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several workers on one PostgreSQL: each job painted by one, none lost where workers are killed, none that may be
 * billed begun twice. With {@code -Dtriptych.worker-kills=N} workers are killed N times; by default twice.
 */
class SharedQueueTest {

    private static final int WORKERS = 4;
    private static final int PATIENCE_MINUTES = 10;

    @TempDir
    private static Path databases;

    private static PostgresServer postgres;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.start(databases);
    }

    @AfterEach
    void forget() throws Exception {
        postgres.forget("triptych_job", "scheduled_tasks");
    }

    @AfterAll
    static void stop() throws Exception {
        if (postgres != null) {
            postgres.close();
        }
    }

    @Test
    void keepsPagesFindsAndCancelsAsTheOtherStoreDoes() throws Exception {
        try (Jobs jobs = SharingWorker.start(postgres.url(), folder, ObservedGenerator.Watcher.NOBODY)) {
            for (int i = 0; i < 5; i++) {
                Job job = jobs.submit(asked("A fox number " + i, "offline", "key-" + i, 100 + i));
                assertThat(jobs.submit(asked("A fox number " + i, "offline", "key-" + i, 100 + i))
                                .id())
                        .isEqualTo(job.id());
                assertThat(jobs.ending(job.id()).get(30, TimeUnit.SECONDS).status())
                        .isEqualTo(JobStatus.COMPLETED);
            }
            JobStore.Page first = jobs.page(JobStore.Query.newest(2));
            JobStore.Page second = jobs.page(new JobStore.Query(
                    OptionalLong.of(first.jobs().get(1).number()), 2, "", List.of(), Optional.empty()));
            JobStore.Page found =
                    jobs.page(new JobStore.Query(OptionalLong.empty(), 9, "NUMBER 3", List.of(), Optional.empty()));
            JobStore.Page seed = jobs.page(
                    new JobStore.Query(OptionalLong.empty(), 9, "102", List.of(JobStatus.COMPLETED), Optional.empty()));

            assertThat(first.total()).isEqualTo(5);
            assertThat(first.more()).isTrue();
            assertThat(second.jobs()).hasSize(2).doesNotContainAnyElementsOf(first.jobs());
            assertThat(found.jobs()).hasSize(1);
            assertThat(seed.jobs()).hasSize(1);
            Job last = jobs.submit(asked("a cat", "offline", "cat", 1));
            jobs.cancel(last.id());
            assertThat(jobs.ending(last.id()).get(30, TimeUnit.SECONDS).status().isEnded())
                    .isTrue();
        }
    }

    @Test
    void losesAndDoublesNothingWhereWorkersAreKilled() throws Exception {
        int kills = Integer.getInteger("triptych.worker-kills", 2);
        // Enough of them that all kills come while there are any.
        int free = Math.max(18, 4 * kills);
        int paid = Math.max(6, kills);
        Gate gate = new Gate();
        try (Jobs jobs = SharingWorker.start(postgres.url(), folder, gate)) {
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < free; i++) {
                ids.add(jobs.submit(asked("free " + i, "offline", "free-" + i, i))
                        .id());
            }
            for (int i = 0; i < paid; i++) {
                ids.add(jobs.submit(asked("paid " + i, "studio", "paid-" + i, i))
                        .id());
            }
            try (KilledWorkers workers = KilledWorkers.start(postgres.url(), folder, WORKERS, kills)) {
                try {
                    workers.enough().get(PATIENCE_MINUTES, TimeUnit.MINUTES);
                } finally {
                    gate.open();
                }
                Map<JobStatus, Integer> ends = new HashMap<>();
                for (String id : ids) {
                    Job job = jobs.ending(id).get(PATIENCE_MINUTES, TimeUnit.MINUTES);
                    ends.merge(job.status(), 1, Integer::sum);
                    if (job.generator().equals("offline")) {
                        assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
                    } else {
                        assertThat(job.status()).isIn(JobStatus.COMPLETED, JobStatus.UNKNOWN);
                        assertThat(callsOf(id)).as("calls of a paid job").isLessThanOrEqualTo(1);
                    }
                }
                assertThat(jobs.page(JobStore.Query.newest(1)).total()).isEqualTo(free + paid);
                assertThat(ends.getOrDefault(JobStatus.COMPLETED, 0)).isGreaterThanOrEqualTo(free);
            }
        }
    }

    /** Holds what this process itself paints, until there were kills enough among the others. */
    private static final class Gate implements ObservedGenerator.Watcher {
        private final CountDownLatch open = new CountDownLatch(1);

        void open() {
            open.countDown();
        }

        @Override
        public void begins() {
            try {
                open.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long callsOf(String id) throws Exception {
        try (Stream<Path> calls = Files.list(folder.resolve("calls"))) {
            return calls.filter(call -> call.getFileName().toString().startsWith(id))
                    .count();
        }
    }

    private static JobRequest asked(String prompt, String generator, String key, long seed) {
        return new JobRequest(
                ImageRequest.builder().prompt(prompt).seed(seed).build(),
                generator,
                "",
                Optional.of(key),
                Optional.empty());
    }
}
