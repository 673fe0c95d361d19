package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.OpenJob;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.config.Generators;
import dev.triptych.config.StandardSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What submit-and-poll keeps, whatever the dialect: nothing is submitted twice, nothing that is done is lost. */
@Timeout(60)
class JobServerTest {

    private static final String KEY = "job-key-0123456789";
    private static final String PROMPT = "a red fox in the snow";

    @TempDir
    private Path directory;

    private final List<Duration> waits = new CopyOnWriteArrayList<>();

    private OpenAiImageGenerator generator(String dialect, JobStand stand) {
        return builder(dialect, stand).build();
    }

    private OpenAiImageGenerator.Builder builder(String dialect, JobStand stand) {
        return OpenAiImageGenerator.builder()
                .profile(dialect)
                .baseUrl(stand.base())
                .apiKey(KEY)
                .mark(false)
                .jobs(directory)
                .sleeper((time, cancellation) -> waits.add(time));
    }

    private List<String> log() throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".jsonl")).toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    private static boolean abort(HttpExchange exchange) {
        exchange.close();
        return true;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void submitsOnceAsksAndFetchesWithoutTheKey(String dialect) throws Exception {
        List<GenerationEvent> events = new CopyOnWriteArrayList<>();
        try (JobStand stand = new JobStand(dialect).doneAfter(3);
                ImageGenerator generator = generator(dialect, stand)) {
            ImageResult result = generator.generate(
                    ImageRequest.of(PROMPT),
                    GenerationContext.builder().listener(events::add).build());

            assertThat(result.image().bytes()).isEqualTo(JobStand.PICTURE);
            assertThat(stand.submitted(PROMPT)).isEqualTo(1);
            assertThat(stand.strays)
                    .as("where a key went that had no business there")
                    .isEmpty();
            assertThat(waits).startsWith(Duration.ofMillis(500), Duration.ofMillis(750));
            assertThat(generator.unwrap(OpenAiImageGenerator.class).openJobs()).isEmpty();
        }
        assertThat(events.subList(1, events.size()))
                .isEqualTo(
                        switch (dialect) {
                            case "bfl" -> List.of(new GenerationEvent.Progress(25, 100));
                            case "fal" -> List.of(new GenerationEvent.Queued(3), new GenerationEvent.Progress(10, 28));
                            default -> List.of(new GenerationEvent.Progress(1, 4));
                        });
        assertThat(String.join("\n", log()))
                .doesNotContain(KEY)
                .doesNotContain(PROMPT)
                .contains("\"ended\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void theIdIsOnDiskBeforeTheFirstQuestion(String dialect) throws Exception {
        List<String> atFirstQuestion = new CopyOnWriteArrayList<>();
        try (JobStand stand = new JobStand(dialect);
                ImageGenerator generator = generator(dialect, stand)) {
            stand.before(exchange -> {
                if (JobStand.isQuestion(exchange) && atFirstQuestion.isEmpty()) {
                    try {
                        atFirstQuestion.addAll(log());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return false;
            });
            generator.generate(PROMPT);
        }
        assertThat(atFirstQuestion.get(0)).contains("\"submitting\"");
        assertThat(atFirstQuestion.get(1)).contains("\"accepted\"").contains("\"id\":\"job-1\"");
    }

    private interface Answering {
        void answer(HttpExchange exchange) throws IOException;
    }

    private static boolean answering(HttpExchange exchange, Answering answering) {
        try {
            answering.answer(exchange);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each of these once at every question, and the picture comes all the same. */
    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void askingGoesOnOverEveryFault(String dialect) throws Exception {
        List<Answering> faults = List.of(
                HttpExchange::close,
                exchange -> JobStand.answer(exchange, 429, "{\"detail\": \"later\"}"),
                exchange -> JobStand.answer(exchange, 500, "{}"),
                exchange -> JobStand.answer(exchange, 503, "no healthy upstream"),
                exchange -> JobStand.answer(exchange, 200, "{\"what\": [1, 2"),
                exchange -> JobStand.answer(exchange, 200, "[]"));
        AtomicInteger next = new AtomicInteger();
        try (JobStand stand = new JobStand(dialect).doneAfter(1);
                ImageGenerator generator = generator(dialect, stand)) {
            stand.before(exchange -> JobStand.isQuestion(exchange)
                    && next.get() < faults.size()
                    && answering(exchange, faults.get(next.getAndIncrement())));

            assertThat(generator.generate(PROMPT).images()).hasSize(1);
            assertThat(next).hasValue(faults.size());
            assertThat(stand.submitted(PROMPT)).isEqualTo(1);
        }
    }

    @Test
    void waitsAsLongAsTheServerAsks() throws Exception {
        AtomicInteger questions = new AtomicInteger();
        try (JobStand stand = new JobStand("bfl").doneAfter(1);
                ImageGenerator generator = generator("bfl", stand)) {
            stand.before(exchange -> JobStand.isQuestion(exchange)
                    && questions.getAndIncrement() == 0
                    && answering(exchange, each -> {
                        each.getResponseHeaders().add("Retry-After", "7");
                        JobStand.answer(each, 429, "{}");
                    }));
            generator.generate(PROMPT);
        }
        assertThat(waits).containsExactly(Duration.ofMillis(500), Duration.ofSeconds(7));
    }

    @Test
    void theLongestWaitIsFiveSeconds() throws Exception {
        try (JobStand stand = new JobStand("bfl").doneAfter(12);
                ImageGenerator generator = generator("bfl", stand)) {
            generator.generate(PROMPT);
        }
        assertThat(waits).hasSize(12).isSorted().last().isEqualTo(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void anAnswerToTheSubmitThatIsLostIsNeverRepeated(String dialect) throws Exception {
        try (JobStand stand = new JobStand(dialect);
                ImageGenerator generator =
                        Generators.standard(generator(dialect, stand), StandardSettings.standard())) {
            stand.before(exchange -> JobStand.isSubmit(exchange) && abort(exchange));

            assertThatThrownBy(() -> generator.generate(PROMPT))
                    .isInstanceOfSatisfying(
                            ProviderUnavailableException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN));
            assertThat(stand.seen).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void aSubmitThatNamesNoJobIsUnknown(String dialect) throws Exception {
        try (JobStand stand = new JobStand(dialect);
                ImageGenerator generator = generator(dialect, stand)) {
            stand.before(exchange -> JobStand.isSubmit(exchange)
                    && answering(exchange, each -> JobStand.answer(each, 200, "{\"what\": 1}")));

            ImageGenerationException error =
                    catchThrowableOfType(UnexpectedResponseException.class, () -> generator.generate(PROMPT));
            assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(error).hasMessage("answer must name the job that was accepted but does not");
        }
    }

    @Test
    void aSubmitThatIsRefusedLeavesNothingOpen() throws Exception {
        try (JobStand stand = new JobStand("fal");
                OpenAiImageGenerator generator = generator("fal", stand)) {
            stand.before(exchange -> JobStand.isSubmit(exchange)
                    && answering(exchange, each -> JobStand.answer(each, 429, "{\"detail\": \"later\"}")));

            assertThatThrownBy(() -> generator.generate(PROMPT)).isInstanceOf(RateLimitedException.class);
            stand.before(exchange -> false);
            assertThat(generator.generate(PROMPT).images()).hasSize(1);
            assertThat(stand.submitted(PROMPT)).isEqualTo(1);
        }
    }

    private static GenerationContext within(Duration time) {
        Instant now = Instant.parse("2026-11-30T10:00:00Z");
        AtomicInteger looks = new AtomicInteger();
        // Each look takes a second.
        Clock clock = new Clock() {
            @Override
            public java.time.ZoneId getZone() {
                return java.time.ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now.plusSeconds(looks.getAndIncrement());
            }
        };
        return GenerationContext.builder().clock(clock).timeout(time).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void aJobThatIsNotDoneInTimeIsTakenUpByTheSameRequest(String dialect) throws Exception {
        try (JobStand stand = new JobStand(dialect).doneAfter(Integer.MAX_VALUE);
                OpenAiImageGenerator generator = generator(dialect, stand)) {
            ImageGenerationException late = catchThrowableOfType(
                    ProviderUnavailableException.class,
                    () -> generator.generate(ImageRequest.of(PROMPT), within(Duration.ofSeconds(60))));
            assertThat(late.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(late.requestId()).contains("job-1");
            assertThat(late)
                    .hasMessage("job must be done in time but is not yet; it goes on at " + dialect
                            + ", and the same request takes it up");
            assertThat(stand.cancelledJobs()).isEmpty();

            stand.doneAfter(1);
            ImageResult result = generator.generate(PROMPT);

            assertThat(result.image().bytes()).isEqualTo(JobStand.PICTURE);
            assertThat(stand.submitted(PROMPT)).isEqualTo(1);
            assertThat(result.warnings())
                    .extracting(GenerationWarning::message)
                    .containsExactly("an earlier call submitted the same and left its job; its pictures were taken and"
                            + " nothing was submitted");
        }
    }

    @Test
    void anotherRequestSubmitsAJobOfItsOwn() throws Exception {
        try (JobStand stand = new JobStand("bfl").doneAfter(Integer.MAX_VALUE);
                OpenAiImageGenerator generator = generator("bfl", stand)) {
            assertThatThrownBy(() -> generator.generate(ImageRequest.of(PROMPT), within(Duration.ofSeconds(60))))
                    .isInstanceOf(ProviderUnavailableException.class);
            stand.doneAfter(1);

            generator.generate("another fox");

            assertThat(stand.submitted("another fox")).isEqualTo(1);
            assertThat(generator.openJobs()).extracting(OpenJob::id).containsExactly("job-1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void anotherGeneratorFindsOpenJobsAndFetchesThem(String dialect) throws Exception {
        try (JobStand stand = new JobStand(dialect).doneAfter(Integer.MAX_VALUE)) {
            try (OpenAiImageGenerator first = generator(dialect, stand)) {
                assertThatThrownBy(() -> first.generate(ImageRequest.of(PROMPT), within(Duration.ofSeconds(60))))
                        .isInstanceOf(ProviderUnavailableException.class);
            }
            stand.doneAfter(1);
            try (OpenAiImageGenerator second = generator(dialect, stand)) {
                List<OpenJob> open = second.openJobs();
                assertThat(open).extracting(OpenJob::id).containsExactly("job-1");

                ImageResult result = second.resume(open.get(0), GenerationContext.create());

                assertThat(result.image().bytes()).isEqualTo(JobStand.PICTURE);
                assertThat(result.cost().isPresent()).isEqualTo(!dialect.equals("replicate"));
                assertThat(second.openJobs()).isEmpty();
                assertThatThrownBy(() -> second.resume(open.get(0), GenerationContext.create()))
                        .isInstanceOf(UnsupportedRequestException.class)
                        .hasMessage("job must be open and nobody's but was not: job-1");
            }
            assertThat(stand.submitted(PROMPT)).isEqualTo(1);
        }
    }

    @Test
    void twoAtOnceSubmitTwoJobs() throws Exception {
        try (JobStand stand = new JobStand("bfl").doneAfter(3);
                OpenAiImageGenerator generator = generator("bfl", stand)) {
            CompletableFuture<ImageResult> one = CompletableFuture.supplyAsync(() -> generator.generate(PROMPT));
            CompletableFuture<ImageResult> two = CompletableFuture.supplyAsync(() -> generator.generate(PROMPT));
            one.get();
            two.get();
            generator.generate(PROMPT);

            assertThat(stand.submitted(PROMPT)).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fal", "replicate"})
    void cancellingReachesTheServer(String dialect) throws Exception {
        Cancellation cancellation = new Cancellation();
        try (JobStand stand = new JobStand(dialect).doneAfter(Integer.MAX_VALUE);
                OpenAiImageGenerator generator = generator(dialect, stand)) {
            stand.before(exchange -> {
                if (JobStand.isQuestion(exchange)) {
                    cancellation.cancel();
                }
                return false;
            });

            assertThatThrownBy(() -> generator.generate(
                            ImageRequest.of(PROMPT),
                            GenerationContext.builder()
                                    .cancellation(cancellation)
                                    .build()))
                    .isInstanceOfSatisfying(GenerationCancelledException.class, error -> {
                        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
                        assertThat(error.requestId()).contains("job-1");
                    });
            assertThat(stand.cancelledJobs()).containsExactly("job-1");
            assertThat(generator.openJobs()).isEmpty();
        }
    }

    @Test
    void interruptingReachesTheServerAndKeepsTheFlag() throws Exception {
        try (JobStand stand = new JobStand("replicate").doneAfter(Integer.MAX_VALUE);
                OpenAiImageGenerator generator = generator("replicate", stand)) {
            Thread caller = Thread.currentThread();
            stand.before(exchange -> {
                if (JobStand.isQuestion(exchange)) {
                    caller.interrupt();
                }
                return false;
            });

            assertThatThrownBy(() -> generator.generate(PROMPT)).isInstanceOf(GenerationCancelledException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(stand.cancelledJobs()).containsExactly("job-1");
        }
    }

    @Test
    void whereNothingCancelsTheJobStaysOpen() throws Exception {
        Cancellation cancellation = new Cancellation();
        try (JobStand stand = new JobStand("bfl").doneAfter(Integer.MAX_VALUE);
                OpenAiImageGenerator generator = generator("bfl", stand)) {
            CompletableFuture<ImageResult> result = CompletableFuture.supplyAsync(() -> generator.generate(
                    ImageRequest.of(PROMPT),
                    GenerationContext.builder().cancellation(cancellation).build()));
            stand.before(exchange -> {
                if (JobStand.isQuestion(exchange)) {
                    cancellation.cancel();
                }
                return false;
            });
            assertThatThrownBy(result::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(GenerationCancelledException.class);
            assertThat(generator.openJobs()).extracting(OpenJob::id).containsExactly("job-1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void aPictureThatCannotBeFetchedIsFetchedLater(String dialect) throws Exception {
        try (JobStand stand = new JobStand(dialect);
                OpenAiImageGenerator generator = generator(dialect, stand)) {
            stand.before(exchange -> exchange.getRequestURI().getPath().startsWith("/pictures") && abort(exchange));
            assertThatThrownBy(() -> generator.generate(PROMPT)).isInstanceOf(ImageFetchException.class);

            stand.before(exchange -> false);
            assertThat(generator.generate(PROMPT).image().bytes()).isEqualTo(JobStand.PICTURE);
            assertThat(stand.submitted(PROMPT)).isEqualTo(1);
        }
    }

    @Test
    void theKeyGoesNowhereElse() throws Exception {
        try (JobStand stand = new JobStand("fal");
                JobStand elsewhere = new JobStand("fal");
                ImageGenerator generator = generator("fal", stand)) {
            stand.before(exchange -> JobStand.isSubmit(exchange)
                    && answering(
                            exchange,
                            each -> JobStand.answer(
                                    each,
                                    200,
                                    "{\"request_id\": \"job-9\", \"status_url\": \"" + elsewhere.base()
                                            + "/steal\", \"response_url\": \"" + elsewhere.base() + "/steal\"}")));

            assertThat(generator.generate(PROMPT).images()).hasSize(1);
            assertThat(elsewhere.seen).isEmpty();
            assertThat(stand.seen).contains("GET /fal-ai/flux/requests/job-9/status?logs=1");
        }
    }

    @Test
    void aKeyThatIsTakenAwayLeavesTheJobOpen() throws Exception {
        try (JobStand stand = new JobStand("bfl");
                OpenAiImageGenerator generator = generator("bfl", stand)) {
            stand.before(exchange ->
                    JobStand.isQuestion(exchange) && answering(exchange, each -> JobStand.answer(each, 401, "{}")));

            assertThatThrownBy(() -> generator.generate(PROMPT))
                    .hasMessage("api-key must be valid to ask for the job but was refused (status 401); the job goes"
                            + " on, and the same request takes it up");
            assertThat(generator.openJobs()).hasSize(1);
        }
    }

    @Test
    void aServerThatNeverMakesSenseIsGivenUp() throws Exception {
        try (JobStand stand = new JobStand("bfl");
                OpenAiImageGenerator generator = generator("bfl", stand)) {
            stand.before(exchange ->
                    JobStand.isQuestion(exchange) && answering(exchange, each -> JobStand.answer(each, 200, "<html>")));

            assertThatThrownBy(() -> generator.generate(PROMPT))
                    .isInstanceOf(UnexpectedResponseException.class)
                    .hasMessage("answer about the job must say how far it is but was no JSON, 5 times in a row");
        }
    }

    @Test
    void whereNothingCanBeWrittenDownNothingIsSubmitted() throws Exception {
        Path file = Files.writeString(directory.resolve("taken"), "");
        try (JobStand stand = new JobStand("bfl");
                ImageGenerator generator = builder("bfl", stand).jobs(file).build()) {
            assertThatThrownBy(() -> generator.generate(PROMPT))
                    .isInstanceOfSatisfying(
                            ProviderUnavailableException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT))
                    .hasMessageStartingWith("jobs must be written down before they are submitted but cannot be");
            assertThat(stand.seen).isEmpty();
        }
    }
}
