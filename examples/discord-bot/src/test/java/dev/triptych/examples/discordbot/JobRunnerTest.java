package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever becomes of one job, the next one is painted, and whoever asked is told what can be told. */
@Timeout(30)
class JobRunnerTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-30T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path folder;

    private final Said said = new Said();
    private final List<Long> pauses = Collections.synchronizedList(new ArrayList<>());
    private Function<ImageRequest, ImageResult> painting = request -> new ColorGenerator().generate(request);
    private CostClass cost = CostClass.FREE;
    private JobRunner runner = runner();

    private JobRunner runner() {
        ImageGenerator generator = new ImageGenerator() {
            @Override
            public ImageResult generate(ImageRequest request, GenerationContext context) {
                return painting.apply(request);
            }

            @Override
            public Capabilities capabilities() {
                return Capabilities.builder().costClass(cost).build();
            }

            @Override
            public GeneratorInfo info() {
                return new GeneratorInfo("test", "test", "test", "", true);
            }

            @Override
            public void close() {}
        };
        return new JobRunner(
                new JobQueue(50, 50),
                new Painter(generator, 1, new SplittableRandom(1)),
                Moderation.words(List.of("gore"), List.of()),
                said,
                (picture, name) -> Files.write(folder.resolve(name), picture),
                CLOCK,
                pauses::add,
                0);
    }

    @AfterEach
    void stop() {
        runner.close();
    }

    /** What was said, and how saying it fails. */
    private static final class Said implements JobMessages {
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final List<String> progress = new CopyOnWriteArrayList<>();
        private volatile int failingBegins;
        private volatile int failingFinishes;
        private volatile int failingNotes;
        private volatile boolean worthRepeating = true;
        private volatile String obstacle = "";
        private volatile Runnable duringBegin = () -> {};
        private volatile @Nullable Error error;

        @Override
        public String begin(ImageJob job, String text) throws Undeliverable {
            duringBegin.run();
            failingBegins = failing(failingBegins);
            lines.add("begin " + job.request());
            return "p" + job.request();
        }

        private int failing(int left) throws Undeliverable {
            if (left > 0) {
                lines.add("failed");
                failOnce(left);
            }
            return left;
        }

        private void failOnce(int left) throws Undeliverable {
            failingBegins = Math.max(0, failingBegins - 1);
            failingFinishes = Math.max(0, failingFinishes - 1);
            failingNotes = Math.max(0, failingNotes - 1);
            throw new Undeliverable("HTTP 500", worthRepeating, new IOException("left " + left));
        }

        @Override
        public void progress(ImageJob job, String text, Optional<byte[]> preview) {
            progress.add(job.request() + " " + text.replaceFirst(".*> ", "").replaceFirst("\n.*", ""));
        }

        @Override
        public void finish(ImageJob job, String text, byte[] picture, List<String> buttons) throws Undeliverable {
            failing(failingFinishes);
            lines.add("finish " + job.request());
        }

        @Override
        public void refuse(ImageJob job, String title, String explanation) throws Undeliverable {
            Error thrown = error;
            if (thrown != null) {
                error = null;
                lines.add("error " + job.request());
                throw thrown;
            }
            failing(failingNotes);
            lines.add("refuse " + job.request() + ": " + title + (explanation.isEmpty() ? "" : ": " + explanation));
        }

        @Override
        public Optional<String> obstacle(ImageJob job) {
            return obstacle.isEmpty() ? Optional.empty() : Optional.of(obstacle);
        }

        private String next() throws InterruptedException {
            String line = lines.poll(10, TimeUnit.SECONDS);
            return line == null ? "nothing" : line;
        }

        private List<String> next(int count) throws InterruptedException {
            List<String> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(next());
            }
            return all;
        }
    }

    private static ImageJob job(String request) {
        return job(request, "a fox");
    }

    private static ImageJob job(String request, String prompt) {
        return new ImageJob(Instruction.imagine(prompt), "5", "1", request, "", prompt, Optional.empty(), "");
    }

    private void assertThatTheNextIsPainted() throws InterruptedException {
        painting = request -> new ColorGenerator().generate(request);
        runner.take(job("next"), false);
        assertThat(said.next(2)).containsExactly("begin next", "finish next");
    }

    /** How painting can fail. */
    @SuppressWarnings("ImmutableEnumChecker") // each supplier makes a new error
    enum Failure {
        EXCEPTION(() -> new IllegalStateException("no")),
        MEMORY(() -> new OutOfMemoryError("Java heap space")),
        STACK(StackOverflowError::new),
        LINKAGE(() -> new NoClassDefFoundError("x")),
        ASSERTION(() -> new AssertionError("no"));

        private final java.util.function.Supplier<Throwable> made;

        Failure(java.util.function.Supplier<Throwable> made) {
            this.made = made;
        }

        ImageResult fail() {
            Throwable failure = made.get();
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        }
    }

    @ParameterizedTest
    @EnumSource
    void outlivesWhateverPaintingThrows(Failure failure) throws Exception {
        runner.start();
        painting = request -> failure.fail();

        runner.take(job("1"), false);

        assertThat(said.next()).isEqualTo("begin 1");
        assertThat(said.next()).startsWith("refuse 1: Generation failed: ");
        assertThatTheNextIsPainted();
    }

    @Test
    void outlivesANoteThatCannotBePosted() throws Exception {
        runner.start();
        painting = request -> Failure.EXCEPTION.fail();
        said.failingNotes = 100;
        said.worthRepeating = false;

        runner.take(job("1"), false);

        assertThat(said.next(2)).containsExactly("begin 1", "failed");
        said.failingNotes = 0;
        assertThatTheNextIsPainted();
    }

    @Test
    void outlivesAnErrorWhileItSaysThatAJobFailed() throws Exception {
        runner.start();
        painting = request -> Failure.MEMORY.fail();
        said.error = new OutOfMemoryError("again");

        runner.take(job("1"), false);

        assertThat(said.next(2)).containsExactly("begin 1", "error 1");
        assertThatTheNextIsPainted();
    }

    @Test
    void outlivesAnInterruptFlagThatAGeneratorLeavesBehind() throws Exception {
        runner.start();
        painting = request -> {
            Thread.currentThread().interrupt();
            return Failure.EXCEPTION.fail();
        };

        runner.take(job("1"), false);

        assertThat(said.next(2)).containsExactly("begin 1", "refuse 1: Generation failed: no");
        assertThatTheNextIsPainted();
    }

    @Test
    void repeatsAFirstMessageThatFails() throws Exception {
        said.failingBegins = 2;
        runner.start();

        runner.take(job("1"), false);

        assertThat(said.next(4)).containsExactly("failed", "failed", "begin 1", "finish 1");
        assertThat(pauses).containsExactly(500L, 1000L);
    }

    @Test
    void paintsAJobWhoseFirstMessageCannotBePosted() throws Exception {
        said.failingBegins = 4;
        runner.start();

        runner.take(job("1"), false);

        assertThat(said.next(5)).containsExactly("failed", "failed", "failed", "failed", "finish 1");
    }

    @Test
    void hasAJobInItsQueueBeforeItSaysSo() throws Exception {
        List<Integer> waiting = new ArrayList<>();
        said.duringBegin = () -> waiting.add(runner.jobs().size());

        runner.take(job("1"), false);

        assertThat(waiting).containsExactly(1);
    }

    @Test
    void keepsAPictureThatCannotBePosted() throws Exception {
        said.failingFinishes = 4;
        runner.start();

        runner.take(job("1"), false);

        assertThat(said.next(6))
                .containsExactly(
                        "begin 1",
                        "failed",
                        "failed",
                        "failed",
                        "failed",
                        "refuse 1: Generation failed: The picture was made but could not be posted: HTTP 500");
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactly("discord-1-" + Long.toHexString(CLOCK.millis()) + ".png");
        }
        assertThatTheNextIsPainted();
    }

    @Test
    void paintsNothingForAChannelThatItCannotSpeakIn() throws Exception {
        List<String> painted = new CopyOnWriteArrayList<>();
        painting = request -> {
            painted.add(request.prompt());
            return Failure.EXCEPTION.fail();
        };
        said.obstacle = "channel must exist but does not: 1";
        runner.start();
        runner.take(job("1"), false);
        assertThat(said.next()).isEqualTo("begin 1");
        while (!runner.jobs().isEmpty()) {
            Thread.onSpinWait();
        }

        assertThat(painted).isEmpty();
        said.obstacle = "";
        assertThatTheNextIsPainted();
    }

    @Test
    void doesNotPaintWhatWasWithdrawnBeforeItWasTaken() throws Exception {
        runner.withdrawn("1");
        runner.withdraw("1");

        runner.take(job("1"), false);

        assertThat(runner.jobs()).isEmpty();
        assertThat(said.lines).isEmpty();
    }

    @Test
    void doesNotPaintWhatIsWithdrawnWhileItIsAnnounced() throws Exception {
        said.duringBegin = () -> runner.withdraw("1");

        runner.take(job("1"), false);

        assertThat(runner.jobs()).isEmpty();
        assertThat(said.next()).isEqualTo("begin 1");
        assertThat(said.progress).contains("1 (Stopped)");
    }

    @Test
    void doesNotPaintWhatIsWithdrawnWhileItWaits() throws Exception {
        runner.take(job("1"), false);
        runner.take(job("2"), false);

        runner.withdraw("1");
        runner.start();

        assertThat(said.next(3)).containsExactly("begin 1", "begin 2", "finish 2");
        assertThat(said.progress).contains("1 (Stopped)");
    }

    @Test
    void takesAJobOnce() throws Exception {
        runner.take(job("1"), false);
        runner.take(job("1"), false);

        assertThat(runner.jobs()).hasSize(1);
    }

    @Test
    void answersAPromptThatIsTooLong() throws Exception {
        runner.take(job("1", "🦊".repeat(1601)), false);

        assertThat(said.next())
                .isEqualTo("refuse 1: Invalid parameter: prompt must be at most 1600 characters but was 1601");
        runner.take(job("2", "🦊".repeat(1600)), false);
        assertThat(said.next()).isEqualTo("begin 2");
    }

    @Test
    void leavesAJobThatItsCloseCutsOffToTheNextStart() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        painting = request -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new dev.triptych.GenerationCancelledException(
                    "cancelled", dev.triptych.ErrorOrigin.of("test", dev.triptych.Outcome.NOT_SENT));
        };
        runner.start();
        runner.take(job("1"), false);
        begun.await();

        runner.close();

        assertThat(said.progress).containsExactly("1 (0%) (fast)");
    }

    /** The next start finds the request without an answer, and paints it. */
    @Test
    void saysNothingOfAJobThatIsCutOffWhileItsPictureIsFetched() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        ImageJob.Picture fetched = () -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException("cut off").initCause(e);
            }
            return new byte[0];
        };
        runner.start();
        runner.take(new ImageJob(Instruction.press("U1"), "5", "1", "1", "", "a fox", Optional.of(fetched), ""), false);
        begun.await();

        runner.close();

        assertThat(said.lines).containsExactly("begin 1");
        assertThat(said.progress).containsExactly("1 (0%) (fast)");
    }

    @Test
    void letsAPictureFinishThatMayBeBilled() throws Exception {
        cost = CostClass.BILLED;
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        painting = request -> {
            begun.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                return Failure.ASSERTION.fail();
            }
            return new ColorGenerator().generate(request);
        };
        runner.start();
        runner.take(job("1"), false);
        begun.await();

        Thread closing = new Thread(runner::close);
        closing.start();
        while (closing.getState() != Thread.State.TIMED_WAITING && closing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        closing.join();

        assertThat(said.next(2)).containsExactly("begin 1", "finish 1");
    }
}
