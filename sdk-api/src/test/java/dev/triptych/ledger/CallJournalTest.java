package dev.triptych.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.triptych.Cost;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.ledger.JournalEntry.State;
import dev.triptych.resilience.Failures;
import dev.triptych.resilience.GuardParts;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.GuardedGenerator;
import dev.triptych.resilience.Resilience;
import dev.triptych.resilience.RetrySettings;
import dev.triptych.resilience.VirtualTime;
import dev.triptych.testkit.FaultyGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallJournalTest {

    @TempDir
    private Path directory;

    private final VirtualTime time = new VirtualTime();
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");

    private CallJournal journal() {
        return CallJournal.open(new JournalSettings(directory), time);
    }

    private GuardedGenerator guarded(FaultyGenerator generator) {
        return GuardedGenerator.of(
                generator,
                GuardSettings.none().withRetry(RetrySettings.standard()),
                new GuardParts(new Resilience(), Optional.of(journal()), List.of(), time.surroundings()));
    }

    private GenerationContext context() {
        return time.context().requestId("request-1").build();
    }

    @Test
    void writesDownEveryAttemptAndPartWithItsOutcome() throws Exception {
        studio.costing(new Cost(new BigDecimal("0.08"), "USD", "list")).failNext(Failures.tooMany());

        guarded(studio)
                .generate(ImageRequest.of("a secret fox").toBuilder().count(6).build(), context());

        assertThat(journal().entries())
                .extracting(JournalEntry::count, JournalEntry::state, JournalEntry::pictures, JournalEntry::error)
                .containsExactly(tuple(4, State.REJECTED, 0, "RateLimitedException"), tuple(2, State.COMPLETED, 2, ""));
        JournalEntry last = journal().entries().get(1);
        assertThat(last.requestId()).isEqualTo("request-1");
        assertThat(last.generator()).isEqualTo("studio");
        assertThat(last.operation()).isEqualTo("TEXT_TO_IMAGE");
        assertThat(last.cost()).contains(new Cost(new BigDecimal("0.08"), "USD", "list"));
        assertThat(Files.readString(directory.resolve("calls-2026-11.jsonl"))).doesNotContain("secret");
    }

    @Test
    void saysNothingOfFreeCalls() throws Exception {
        guarded(FaultyGenerator.named("offline")).generate(ImageRequest.of("a fox"), context());

        assertThat(journal().entries()).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void showsACallWhoseFateNobodyKnows() throws Exception {
        studio.failNext(Failures.unavailable(Outcome.UNKNOWN), new IllegalStateException("bug"));
        GuardedGenerator generator = guarded(studio);

        assertThatThrownBy(() -> generator.generate(ImageRequest.of("a fox"), context()))
                .isInstanceOf(ImageGenerationException.class);
        assertThatThrownBy(() -> generator.generate(ImageRequest.of("a fox"), context()))
                .isInstanceOf(IllegalStateException.class);

        assertThat(journal().entries())
                .extracting(JournalEntry::state, JournalEntry::error)
                .containsExactly(
                        tuple(State.UNKNOWN, "ProviderUnavailableException"),
                        tuple(State.UNKNOWN, "IllegalStateException"));
    }

    @Test
    void saysThatACallIsUnderWayWhileItsProcessLives() throws Exception {
        CallJournal.Call call = journal().started(studio.info(), ImageRequest.of("a fox"), "r");

        assertThat(journal().entries()).extracting(JournalEntry::state).containsExactly(State.RUNNING);

        call.failed(Failures.unavailable(Outcome.NOT_SENT));
        assertThat(journal().entries()).extracting(JournalEntry::state).containsExactly(State.NOT_SENT);
    }

    @Test
    void writesTheOutcomeOfAnInterruptedCallAndKeepsTheInterrupt() throws Exception {
        CallJournal.Call call = journal().started(studio.info(), ImageRequest.of("a fox"), "r");

        Thread.currentThread().interrupt();
        call.failed(new GenerationCancelledException("interrupted", Failures.origin(Outcome.UNKNOWN)));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(journal().entries()).extracting(JournalEntry::error).containsExactly("GenerationCancelledException");
    }

    @Test
    void saysWherePicturesLieThatCouldNotBeFetched() throws Exception {
        ImageFetchException error = new ImageFetchException(
                "picture must be fetched but could not",
                Failures.origin(Outcome.COMPLETED),
                new IllegalStateException(),
                context -> {
                    throw new IllegalStateException();
                },
                List.of(
                        URI.create("https://store.example.com/1.png?sig=a"),
                        URI.create("https://store.example.com/2.png?sig=b")));

        journal().started(studio.info(), ImageRequest.of("a fox"), "r").failed(error);

        assertThat(journal().entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.links())
                        .containsExactly(
                                URI.create("https://store.example.com/1.png?sig=a"),
                                URI.create("https://store.example.com/2.png?sig=b")));
    }

    @Test
    void goesOnAfterALineThatWasTorn() throws Exception {
        journal().started(studio.info(), ImageRequest.of("a fox"), "r1").failed(Failures.refused());
        Path file = directory.resolve("calls-2026-11.jsonl");
        Files.writeString(file, "{\"event\":\"started\",\"id\":\"ha", StandardOpenOption.APPEND);

        journal().started(studio.info(), ImageRequest.of("a fox"), "r2").failed(Failures.refused());

        assertThat(journal().entries()).extracting(JournalEntry::requestId).containsExactly("r1", "r2");
    }

    @Test
    void findsTheOutcomeOfACallThatEndedInAnotherMonth() throws Exception {
        CallJournal.Call call = journal().started(studio.info(), ImageRequest.of("a fox"), "r");
        time.pass(Duration.ofDays(10));

        call.failed(Failures.refused());

        assertThat(journal().entries()).extracting(JournalEntry::state).containsExactly(State.REJECTED);
    }

    @Test
    void refusesACallThatCannotBeWrittenDown() throws Exception {
        Files.delete(directory);
        Files.writeString(directory, "in the way");

        assertThatThrownBy(() -> guarded(studio).generate(ImageRequest.of("a fox"), context()))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("the journal must be written before a billed call but " + directory + " cannot be written");
        assertThat(studio.calls()).isZero();
    }

    @Test
    void goesOnAfterLinesWithAWrongField() throws Exception {
        journal().started(studio.info(), ImageRequest.of("a fox"), "r1").failed(Failures.refused());
        Path file = directory.resolve("calls-2026-11.jsonl");
        String id = journal().entries().get(0).id();
        for (String wrong : List.of(
                "{\"event\":\"started\",\"id\":\"x\",\"count\":\"many\"}",
                "{\"event\":\"started\",\"id\":\"x\",\"at\":\"yesterday\"}",
                "{\"event\":\"started\",\"id\":\"x\",\"pid\":\"one\"}",
                "{\"event\":\"ended\",\"id\":\"" + id + "\",\"outcome\":\"LOST\"}",
                "{\"event\":\"ended\",\"id\":\"" + id + "\",\"cost\":\"much\"}",
                "{\"event\":\"ended\",\"id\":\"" + id + "\",\"links\":\"not a link%\"}",
                "[1]",
                "\"text\"")) {
            Files.writeString(file, wrong + "\n", StandardOpenOption.APPEND);
        }

        assertThat(journal().entries())
                .extracting(JournalEntry::requestId, JournalEntry::state)
                .containsExactly(tuple("r1", State.REJECTED));
    }

    @Test
    void keepsTheLinksOfPicturesThatCouldNotBeFetched() throws Exception {
        URI link = URI.create("https://images.example/one.png");
        ImageFetchException unfetched = new ImageFetchException(
                "not fetched",
                Failures.origin(Outcome.COMPLETED),
                new IOException("reset"),
                context -> {
                    throw new AssertionError("nobody fetches here");
                },
                List.of(link));

        journal().started(studio.info(), ImageRequest.of("a fox"), "r1").failed(unfetched);
        journal()
                .started(studio.info(), ImageRequest.of("a fox"), "r2")
                .failed(new GenerationCancelledException("cancelled", unfetched.origin(), unfetched));

        assertThat(journal().entries()).extracting(JournalEntry::links).containsExactly(List.of(link), List.of(link));
    }
}
