package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobJournalTest {

    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    @TempDir
    Path directory;

    private final JobPlan plan = new JobPlan("request", "digest", "imagine", "", 0, OptionalLong.of(7), "99");

    @Test
    void remembersAcrossALife() throws IOException {
        Job job = new Job("0123456789abcdef", plan, 0);
        try (JobJournal journal = JobJournal.open(directory, CLOCK)) {
            journal.planned(job);
            journal.sent(job, "100");
        }

        try (JobJournal journal = JobJournal.open(directory, CLOCK)) {
            JobJournal.Entry entry = journal.find(job.id).orElseThrow();
            assertThat(entry).isEqualTo(new JobJournal.Entry(job.id, plan, JobJournal.State.SENT, "100", "", NOW));
            assertThat(journal.unfinished()).containsExactly(entry);
        }
    }

    @Test
    void readsPastALineThatWasNeverFinished() throws IOException {
        Job job = new Job("0123456789abcdef", plan, 0);
        try (JobJournal journal = JobJournal.open(directory, CLOCK)) {
            journal.planned(job);
        }
        Files.writeString(directory.resolve("relay-0.jsonl"), "{\"job\":\"012345", StandardOpenOption.APPEND);

        try (JobJournal journal = JobJournal.open(directory, CLOCK)) {
            assertThat(journal.find(job.id).orElseThrow().state()).isEqualTo(JobJournal.State.PLANNED);
        }
    }

    @Test
    void givesASecondProcessAFileOfItsOwn() throws IOException {
        try (JobJournal first = JobJournal.open(directory, CLOCK);
                JobJournal second = JobJournal.open(directory, CLOCK)) {
            first.planned(new Job("0123456789abcdef", plan, 0));

            assertThat(second.find("0123456789abcdef")).isEmpty();
            assertThat(directory.resolve("relay-1.jsonl")).exists();
        }
    }

    @Test
    void takesADeliveredJobForOverUnlessAnotherProcessDeliveredIt() throws IOException {
        Job job = new Job("0123456789abcdef", plan, 0);
        try (JobJournal journal = JobJournal.open(directory, CLOCK)) {
            journal.planned(job);
            journal.done(job, "101");
            assertThat(journal.isOver(job.id)).isFalse();
            journal.delivered(job);
            assertThat(journal.isOver(job.id)).isTrue();
        }

        try (JobJournal journal = JobJournal.open(directory, CLOCK)) {
            assertThat(journal.isOver(job.id)).isFalse();
            journal.delivered(job);
            assertThat(journal.isOver(job.id)).isTrue();
        }
    }

    @Test
    void forgetsAfterAWeek() throws IOException {
        Job job = new Job("0123456789abcdef", plan, 0);
        try (JobJournal journal = JobJournal.open(directory, CLOCK)) {
            journal.planned(job);
        }

        try (JobJournal journal = JobJournal.open(directory, Clock.offset(CLOCK, Duration.ofDays(8)))) {
            assertThat(journal.find(job.id)).isEmpty();
        }
    }
}
