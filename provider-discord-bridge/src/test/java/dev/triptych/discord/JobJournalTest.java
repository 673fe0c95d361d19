package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.WatchedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobJournalTest {

    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final String LOG = "jobs-2026-W48.jsonl";

    @TempDir
    Path directory;

    private final JobPlan plan = new JobPlan("request", "digest", "imagine", "", 0, OptionalLong.of(7), "99");
    private final Job job = new Job("0123456789abcdef", plan);

    private JobJournal open() throws IOException {
        return JobJournal.open(directory, CLOCK, DurableFiles.system());
    }

    @Test
    void remembersAcrossALife() throws IOException {
        JobJournal journal = open();
        journal.planned(job);
        journal.sent(job, "100");

        JobJournal next = open();

        JobJournal.Entry entry = next.find(job.id).orElseThrow();
        assertThat(entry).isEqualTo(new JobJournal.Entry(job.id, plan, JobJournal.State.SENT, "100", "", NOW));
        assertThat(next.unfinished()).containsExactly(entry);
    }

    @Test
    void losesNoLineToOneThatWasNeverFinished() throws IOException {
        open().planned(job);
        Files.writeString(directory.resolve(LOG), "{\"job\":\"012345", StandardOpenOption.APPEND);

        open().sent(job, "100");

        assertThat(open().find(job.id).orElseThrow().state()).isEqualTo(JobJournal.State.SENT);
    }

    @Test
    void skipsWhatIsNoLineOfOurs() throws IOException {
        open().planned(job);
        Files.writeString(directory.resolve(LOG), """
                {"job":"a","state":"NO_SUCH_STATE","at":"2026-11-24T12:00:00Z"}
                {"job":"b","state":"SENT","at":"yesterday"}
                {"job":"c","state":"SENT","at":"2026-11-24T12:00:00Z","tile":"two"}
                {"job":"d","state":"SENT","at":"2026-11-24T12:00:00Z","request":"no id"}
                {"job":"e","state":"SENT","at":"2026-11-24T12:00:00Z","seed":"x"}
                {"state":"SENT","at":"2026-11-24T12:00:00Z"}
                [1, 2]
                {"job":{"deep":1}}
                """, StandardOpenOption.APPEND);

        JobJournal journal = open();

        assertThat(journal.unfinished()).extracting(JobJournal.Entry::job).containsExactly(job.id);
        journal.sent(job, "100");
        assertThat(open().find(job.id).orElseThrow().requestMessage()).isEqualTo("100");
    }

    @Test
    void leavesAloneWhatIsNotItsOwn() throws IOException {
        Files.createDirectories(directory.resolve("jobs-2026-W47.jsonl"));
        Files.createDirectories(directory.resolve("relay-0.lock"));
        Files.writeString(directory.resolve(".DS_Store"), "x");
        Files.writeString(directory.resolve("jobs-2019-W01.jsonl.bak"), "x");

        JobJournal journal = open();
        journal.planned(job);

        assertThat(open().find(job.id)).isPresent();
        assertThat(directory.resolve(".DS_Store")).exists();
        assertThat(directory.resolve("jobs-2019-W01.jsonl.bak")).exists();
        assertThat(directory.resolve("jobs-2026-W47.jsonl")).isDirectory();
    }

    @Test
    void sharesItsDirectoryWithOtherProcesses() throws IOException {
        JobJournal first = open();
        JobJournal second = open();
        Job other = new Job("fedcba9876543210", plan);

        first.planned(job);
        second.planned(other);
        second.sent(other, "101");
        first.catchUp();

        assertThat(first.find(other.id).orElseThrow().requestMessage()).isEqualTo("101");
        assertThat(open().unfinished()).extracting(JobJournal.Entry::job).containsExactly(job.id, other.id);
    }

    @Test
    void writesAgainWhenTheDiskHasRoomAgain() throws IOException {
        AtomicBoolean full = new AtomicBoolean();
        JobJournal journal = JobJournal.open(directory, CLOCK, WatchedFiles.telling(step -> {
            if (full.get() && step.equals("write second half")) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
        }));
        journal.planned(job);
        full.set(true);
        assertThatThrownBy(() -> journal.sent(job, "100")).isInstanceOf(UncheckedIOException.class);
        assertThat(journal.find(job.id).orElseThrow().state()).isEqualTo(JobJournal.State.PLANNED);

        full.set(false);
        journal.sent(job, "100");

        assertThat(journal.find(job.id).orElseThrow().state()).isEqualTo(JobJournal.State.SENT);
        assertThat(open().find(job.id).orElseThrow().state()).isEqualTo(JobJournal.State.SENT);
    }

    @Test
    void takesADeliveredJobForOverUnlessAnotherProcessDeliveredIt() throws IOException {
        JobJournal journal = open();
        journal.planned(job);
        journal.done(job, "101");
        assertThat(journal.isOver(job.id)).isFalse();
        journal.delivered(job);
        assertThat(journal.isOver(job.id)).isTrue();

        JobJournal next = open();
        assertThat(next.isOver(job.id)).isFalse();
        next.delivered(job);
        assertThat(next.isOver(job.id)).isTrue();
        assertThat(next.find(job.id).orElseThrow().resultMessage()).isEqualTo("101");
    }

    @Test
    void forgetsAfterAWeek() throws IOException {
        open().planned(job);

        JobJournal later = JobJournal.open(directory, Clock.offset(CLOCK, Duration.ofDays(8)), DurableFiles.system());
        assertThat(later.find(job.id)).isEmpty();
        assertThat(directory.resolve(LOG)).exists();

        JobJournal muchLater =
                JobJournal.open(directory, Clock.offset(CLOCK, Duration.ofDays(15)), DurableFiles.system());
        assertThat(muchLater.find(job.id)).isEmpty();
        assertThat(directory.resolve(LOG)).doesNotExist();
    }
}
