package dev.triptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.RequestJson;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.server.pictures.PictureStore;
import dev.triptych.testkit.FaultyGenerator;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of jobs whose server died. */
class RestartTest {

    private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.named("offline");
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");

    @Test
    void aWaitingJobGoesOn() throws Exception {
        String id = left("offline", JobStatus.QUEUED);

        assertThat(afterRestart(id, BilledCalls.NOTHING_KNOWN).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void aRunningJobThatCostsNothingIsPaintedAgain() throws Exception {
        String id = left("offline", JobStatus.RUNNING);

        assertThat(afterRestart(id, BilledCalls.NOTHING_KNOWN).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(offline.calls()).isEqualTo(1);
    }

    @Test
    void aRunningJobThatMayBeBilledIsUnknownWhereThereAreNoBooks() throws Exception {
        String id = left("studio", JobStatus.RUNNING);

        Job job = afterRestart(id, BilledCalls.NOTHING_KNOWN);

        assertThat(job.status()).isEqualTo(JobStatus.UNKNOWN);
        assertThat(job.failure())
                .hasValue(new Job.Failure(
                        "may_be_billed",
                        "the server stopped after studio may have had the request; it may have been billed, so it is"
                                + " not repeated by itself",
                        true));
        assertThat(studio.calls()).isZero();
    }

    @Test
    void aRunningJobIsUnknownWhereTheBooksHaveACallOfIt() throws Exception {
        String id = left("studio", JobStatus.RUNNING);
        CallJournal journal = CallJournal.open(new JournalSettings(folder.resolve("journal")));
        journal.started(new GeneratorInfo("studio", "faulty", "tiny", "1", false), ImageRequest.of("a fox"), id);

        assertThat(afterRestart(id, BilledCalls.of(journal)).status()).isEqualTo(JobStatus.UNKNOWN);
        assertThat(studio.calls()).isZero();
    }

    @Test
    void aRunningJobThatWasNotSentYetIsSent() throws Exception {
        String id = left("studio", JobStatus.RUNNING);
        CallJournal journal = CallJournal.open(new JournalSettings(folder.resolve("journal")));

        assertThat(afterRestart(id, BilledCalls.of(journal)).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(studio.calls()).isEqualTo(1);
    }

    @Test
    void aFreeGeneratorThatFellBackToOneThatBillsIsUnknownToo() throws Exception {
        String id = left("offline", JobStatus.RUNNING);
        CallJournal journal = CallJournal.open(new JournalSettings(folder.resolve("journal")));
        journal.started(new GeneratorInfo("studio", "faulty", "tiny", "1", false), ImageRequest.of("a fox"), id);

        assertThat(afterRestart(id, BilledCalls.of(journal)).status()).isEqualTo(JobStatus.UNKNOWN);
    }

    @Test
    void closingLetsWhatRunsFinishAndKeepsWhatWaits() throws Exception {
        String waiting;
        String running;
        try (Jobs jobs = start(BilledCalls.NOTHING_KNOWN)) {
            offline.block();
            running = jobs.submit(JobRequest.of(ImageRequest.of("a fox"), "offline", ""))
                    .id();
            offline.awaitBlocked(1);
            waiting = jobs.submit(JobRequest.of(ImageRequest.of("a cat"), "offline", ""))
                    .id();
            offline.release();
        }
        try (LoggedJobStore store = LoggedJobStore.open(folder)) {
            assertThat(store.find(running).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(store.find(waiting).orElseThrow().status()).isIn(JobStatus.QUEUED, JobStatus.COMPLETED);
        }
        assertThat(afterRestart(waiting, BilledCalls.NOTHING_KNOWN).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void oneServerAtATimeHasTheFolder() throws Exception {
        try (LoggedJobStore first = LoggedJobStore.open(folder)) {
            assertThatThrownBy(() -> LoggedJobStore.open(folder))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the state folder must belong to one server but another one has it: " + folder);
            assertThat(first.open()).isEmpty();
        }
    }

    /** A job that a server which died has left behind in {@code status}. */
    private String left(String generator, JobStatus status) throws Exception {
        try (LoggedJobStore store = LoggedJobStore.open(folder)) {
            ImageRequest request = ImageRequest.of("a fox");
            Job job = store.add(Job.queued(
                    "0123456789abcdef0123456789abcdef",
                    0,
                    JobRequest.of(request, generator, ""),
                    RequestJson.canonical(request),
                    NOON));
            if (status == JobStatus.RUNNING) {
                store.begin(job.id(), NOON);
            }
            return job.id();
        }
    }

    private Job afterRestart(String id, BilledCalls calls) throws Exception {
        try (Jobs jobs = start(calls)) {
            return jobs.ending(id).get(30, TimeUnit.SECONDS);
        }
    }

    private Jobs start(BilledCalls calls) throws Exception {
        Map<String, ImageGenerator> generators = Map.of("offline", offline, "studio", studio);
        return Jobs.start(
                Generators.of(generators, "offline"),
                LoggedJobStore.open(folder),
                PictureStore.open(folder),
                calls,
                Clock.systemUTC(),
                System::nanoTime);
    }
}
