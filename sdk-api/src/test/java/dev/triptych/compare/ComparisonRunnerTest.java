package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.triptych.Cancellation;
import dev.triptych.Capabilities;
import dev.triptych.ContentRejectedException;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonRunnerTest {

    private static final ErrorOrigin NOT_SENT = ErrorOrigin.of("faulty", Outcome.NOT_SENT);
    private static final List<ImageRequest> FOUR = List.of(
            ImageRequest.builder().prompt("one").seed(1).build(),
            ImageRequest.builder().prompt("two").seed(2).build(),
            ImageRequest.builder().prompt("three").seed(3).build(),
            ImageRequest.builder().prompt("four").seed(4).build());

    @TempDir
    Path folder;

    @Test
    void asksEveryGeneratorForEveryRequest() throws IOException {
        Comparison comparison =
                runner(FaultyGenerator.named("a"), FaultyGenerator.named("b")).run();

        assertThat(comparison.cells()).hasSize(8).allSatisfy(cell -> {
            assertThat(cell.picture()).isPresent();
            assertThat(folder.resolve(cell.picture().orElseThrow().file())).exists();
            assertThat(cell.scores()).containsKeys("latency", "cost", "bytes", "sharpness", "colourfulness");
        });
        assertThat(comparison.cell(2, 1).generator()).isEqualTo("b");
        assertThat(comparison.cell(2, 1).row()).isEqualTo(2);
        assertThat(comparison.pairs())
                .hasSize(4)
                .allSatisfy(pair -> assertThat(pair.scores()).containsKey("phash"));
        assertThat(Files.readAllLines(folder.resolve("cells.jsonl"))).hasSize(8);
        assertThat(Files.readAllLines(folder.resolve("pairs.jsonl"))).hasSize(4);
    }

    @Test
    void keepsTheLimitOfEachGenerator() throws Exception {
        FaultyGenerator narrow = FaultyGenerator.named("narrow").block();
        FaultyGenerator wide = FaultyGenerator.named("wide").block();
        CompletableFuture<Comparison> running =
                start(runner(narrow, wide).limit("narrow", 1).limit("wide", 3));

        narrow.awaitBlocked(1);
        wide.awaitBlocked(3);
        narrow.release();
        wide.release();

        assertThat(running.get().missing()).isEmpty();
        assertThat(narrow.mostRunning()).isEqualTo(1);
        assertThat(wide.mostRunning()).isEqualTo(3);
    }

    @Test
    void letsLocalGeneratorsTakeTurns() throws Exception {
        FaultyGenerator first = FaultyGenerator.named("first").block();
        FaultyGenerator second = FaultyGenerator.named("second").block();
        CompletableFuture<Comparison> running = start(runner(first, second));

        first.awaitBlocked(1);

        assertThat(second.calls()).isZero();
        first.release();
        second.awaitBlocked(1);
        second.release();
        assertThat(running.get().missing()).isEmpty();
    }

    @Test
    void leavesAReasonWhereThereIsNoPicture() throws IOException {
        FaultyGenerator broken = FaultyGenerator.named("broken")
                .failCall(
                        2,
                        new ContentRejectedException("prompt was refused", ErrorOrigin.of("faulty", Outcome.REJECTED)))
                .failCall(3, new IllegalStateException("a secret"));

        Comparison comparison = runner(broken, FaultyGenerator.named("whole")).run();

        assertThat(comparison.missing())
                .extracting(cell -> cell.reason().orElseThrow())
                .containsExactly(
                        new CellReason(CellReason.Kind.REFUSED, Outcome.REJECTED, "prompt was refused"),
                        new CellReason(
                                CellReason.Kind.DEFECT,
                                Outcome.UNKNOWN,
                                "generator must throw an ImageGenerationException but threw a java.lang.IllegalStateException"));
        assertThat(comparison.missing())
                .allSatisfy(cell -> assertThat(cell.scores()).isEmpty());
        assertThat(comparison.pairs()).extracting(Pair::row).containsExactly(0, 3);
    }

    @Test
    void countsAFallbacksPictureAsMissing() throws IOException {
        GeneratorInfo info = new GeneratorInfo("studio", "faulty", "tiny", "", false);
        ImageGenerator falling = new StubGenerator(info) {
            @Override
            public ImageResult generate(ImageRequest request, GenerationContext context) {
                ExecutionRecord record = ExecutionRecord.of(
                                info.withName("offline"), context, request, Duration.ofMillis(5))
                        .withPassedOver(List.of(new ExecutionRecord.PassedOver(
                                info, new ProviderUnavailableException("no route", NOT_SENT))));
                return ImageResult.of(List.of(GeneratedImage.of(TestPictures.png(8, 8, Color.RED))), List.of(), record);
            }
        };

        Comparison comparison = runner(falling).run();

        assertThat(comparison.missing())
                .hasSize(4)
                .allSatisfy(cell -> assertThat(cell.reason())
                        .contains(new CellReason(CellReason.Kind.UNAVAILABLE, Outcome.NOT_SENT, "no route")));
    }

    @Test
    void goesOnAfterACancellation() throws Exception {
        Cancellation cancellation = new Cancellation();
        FaultyGenerator generator = FaultyGenerator.named("a");
        List<Cell> heard = new ArrayList<>();
        ComparisonRunner.Builder first = runner(generator)
                .cancellation(cancellation)
                .listener((cell, done, total) -> {
                    heard.add(cell);
                    if (done == 2) {
                        cancellation.cancel();
                    }
                });

        assertThatThrownBy(first::run)
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("comparison was cancelled after 2 of 4 cells");
        Comparison resumed = runner(generator).resume(true).run();

        assertThat(heard).hasSize(2);
        assertThat(resumed.missing()).isEmpty();
        assertThat(generator.calls()).isEqualTo(4);
    }

    @Test
    void stopsARunningGeneratorWhenItsThreadIsInterrupted() throws Exception {
        FaultyGenerator generator = FaultyGenerator.named("a").block();
        CompletableFuture<Thread> worker = new CompletableFuture<>();
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            worker.complete(Thread.currentThread());
            try {
                runner(generator).run();
                ended.complete(new AssertionError("ran to its end"));
            } catch (IOException | RuntimeException e) {
                ended.complete(e);
            }
        });
        thread.start();
        generator.awaitBlocked(1);

        worker.get().interrupt();

        assertThat(ended.get()).isInstanceOf(GenerationCancelledException.class);
        thread.join();
        assertThat(Files.readAllLines(folder.resolve("cells.jsonl"))).isEmpty();
    }

    @Test
    void resumesAfterATornLineAndALostPicture() throws IOException {
        FaultyGenerator generator = FaultyGenerator.named("a");
        Comparison whole = runner(generator).run();
        Path cells = folder.resolve("cells.jsonl");
        byte[] lines = Files.readAllBytes(cells);
        Files.delete(folder.resolve(whole.cell(0, 0).picture().orElseThrow().file()));
        Files.write(
                folder.resolve(whole.cell(1, 0).picture().orElseThrow().file()),
                new byte[] {1},
                StandardOpenOption.APPEND);
        Files.write(cells, Arrays.copyOf(lines, lines.length - 40));

        Comparison resumed = runner(generator).resume(true).run();

        // The first two pictures are gone or altered, and the fourth line is torn.
        assertThat(generator.calls()).isEqualTo(4 + 3);
        assertThat(resumed.cells()).isEqualTo(whole.cells());
        assertThat(Files.readAllBytes(cells)).isEqualTo(lines);
    }

    @Test
    void keepsCellsWhenPromptsAreMovedAboutAndAdded() throws IOException {
        FaultyGenerator generator = FaultyGenerator.named("a");
        runner(generator).run();
        ImageRequest added = ImageRequest.builder().prompt("zero").seed(0).build();

        Comparison resumed = runner(generator)
                .requests(List.of(added, FOUR.get(3), FOUR.get(0)))
                .resume(true)
                .run();

        assertThat(generator.calls()).isEqualTo(5);
        assertThat(resumed.cells()).extracting(Cell::row).containsExactly(0, 1, 2);
        assertThat(resumed.missing()).isEmpty();
    }

    @Test
    void triesAgainOnlyWhatCannotHaveBeenBilled() throws IOException {
        FaultyGenerator billed = FaultyGenerator.billed("a")
                .failCall(1, new ProviderUnavailableException("no route", NOT_SENT))
                .failCall(2, new ProviderUnavailableException("no answer", ErrorOrigin.of("faulty", Outcome.UNKNOWN)))
                .failCall(3, new ContentRejectedException("refused", ErrorOrigin.of("faulty", Outcome.REJECTED)));
        runner(billed).run();

        Comparison resumed = runner(billed).resume(true).run();

        assertThat(billed.calls()).isEqualTo(5);
        assertThat(resumed.missing())
                .extracting(cell -> cell.reason().orElseThrow().message())
                .containsExactly("no answer", "refused");
    }

    @Test
    void triesAgainAFreeCallWhoseFateIsUnknown() throws IOException {
        FaultyGenerator free = FaultyGenerator.named("a")
                .failCall(2, new ProviderUnavailableException("no answer", ErrorOrigin.of("faulty", Outcome.UNKNOWN)));
        runner(free).run();

        assertThat(runner(free).resume(true).run().missing()).isEmpty();
    }

    @Test
    void paintsAnewForAnotherModel() throws IOException {
        runner(FaultyGenerator.named("a")).run();
        FaultyGenerator other = FaultyGenerator.named("a");
        ImageGenerator newer = new StubGenerator(new GeneratorInfo("a", "faulty", "tiny", "2", true)) {
            @Override
            public ImageResult generate(ImageRequest request, GenerationContext context) {
                return other.generate(request, context);
            }
        };

        runner(newer).resume(true).run();

        assertThat(other.calls()).isEqualTo(4);
    }

    @Test
    void writesTheSameBytesWhateverTheOrderOfWork() throws IOException {
        for (int limit : new int[] {1, 4}) {
            ComparisonRunner.builder()
                    .requests(FOUR)
                    .generators(List.of(FaultyGenerator.named("a"), FaultyGenerator.named("b")))
                    .limit("a", limit)
                    .limit("b", limit)
                    .folder(folder.resolve("limit-" + limit))
                    .run();
        }

        for (String file : List.of("cells.jsonl", "pairs.jsonl")) {
            assertThat(folder.resolve("limit-4").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("limit-1").resolve(file));
        }
    }

    @Test
    void makesARowOfEachPictureOfARequest() throws IOException {
        FaultyGenerator generator = FaultyGenerator.named("a");
        ImageRequest three =
                ImageRequest.builder().prompt("foxes").count(3).seed(7).build();

        Comparison comparison = runner(generator).requests(List.of(three)).run();

        assertThat(comparison.requests())
                .extracting(request -> request.seed().orElseThrow())
                .containsExactly(7L, 8L, 9L);
        assertThat(generator.requests())
                .allSatisfy(request -> assertThat(request.count()).isEqualTo(1));
    }

    @Test
    void doesNotWriteOverAComparison() throws IOException {
        runner(FaultyGenerator.named("a")).run();

        assertThatThrownBy(() -> runner(FaultyGenerator.named("a")).run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("comparison folder must be empty, or the comparison in it resumed, but it holds one: "
                        + folder);
    }

    @Test
    void worksInAFolderAlone() throws Exception {
        FaultyGenerator generator = FaultyGenerator.named("a").block();
        CompletableFuture<Comparison> running = start(runner(generator));
        generator.awaitBlocked(1);

        assertThatThrownBy(() -> runner(FaultyGenerator.named("b")).resume(true).run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("comparison folder must be free but another comparison works in it: " + folder);
        generator.release();
        assertThat(running.get().missing()).isEmpty();
    }

    @Test
    void refusesGeneratorsOfOneName() {
        assertThatThrownBy(() -> runner(FaultyGenerator.named("a"), FaultyGenerator.named("A"))
                        .run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("generators must have different names but two are called \"A\"");
    }

    @Test
    void refusesLimitsAndFactsOfAStranger() {
        assertThatThrownBy(
                        () -> runner(FaultyGenerator.named("a")).limit("b", 2).run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("limit must be of a generator that takes part but was of \"b\"");
        assertThatThrownBy(() -> runner(FaultyGenerator.named("a"))
                        .facts("A", ModelFacts.unknown())
                        .run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("facts must be of a generator that takes part but was of \"A\"");
    }

    @Test
    void notesWhatCouldNotBeMeasured() throws IOException {
        Scorer failing = new RecordScorer(new Measure("odd", "Odd", "", Measure.Better.NEITHER, "."), sample -> {
            throw new IllegalArgumentException("picture must be odd but was even");
        });

        Comparison comparison = runner(FaultyGenerator.named("a"))
                .scorers(Scorers.standard().with(failing))
                .run();

        assertThat(comparison.cells()).allSatisfy(cell -> {
            assertThat(cell.scores()).doesNotContainKey("odd");
            assertThat(cell.notes()).contains("odd: picture must be odd but was even");
        });
    }

    @Test
    void stopsWhenNothingCanBeWritten() throws IOException {
        FaultyGenerator generator = FaultyGenerator.named("a");
        ComparisonListener saboteur = (cell, done, total) -> {
            try {
                Files.delete(folder.resolve(cell.picture().orElseThrow().file()));
                Files.delete(folder.resolve("pictures"));
                Files.write(folder.resolve("pictures"), "a file".getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };

        Throwable error =
                catchThrowable(() -> runner(generator).listener(saboteur).run());

        assertThat(error)
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("a picture of a cannot be written to " + folder + ": ")
                .hasMessageContaining("; it is kept in ");
        Path kept = Path.of(String.valueOf(error.getMessage()).replaceFirst(".*; it is kept in ", ""));
        assertThat(GeneratedImage.of(Files.readAllBytes(kept)).mediaType()).isEqualTo("image/png");
        Files.delete(kept);
        assertThat(generator.calls()).isEqualTo(2);
    }

    private ComparisonRunner.Builder runner(ImageGenerator... generators) {
        return ComparisonRunner.builder()
                .requests(FOUR)
                .generators(List.of(generators))
                .clock(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))
                .folder(folder);
    }

    private static CompletableFuture<Comparison> start(ComparisonRunner.Builder runner) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return runner.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A free generator that a test writes. */
    private abstract static class StubGenerator implements ImageGenerator {
        private final GeneratorInfo info;

        StubGenerator(GeneratorInfo info) {
            this.info = info;
        }

        @Override
        public Capabilities capabilities() {
            return Capabilities.builder().costClass(CostClass.FREE).build();
        }

        @Override
        public GeneratorInfo info() {
            return info;
        }

        @Override
        public void close() {}
    }
}
