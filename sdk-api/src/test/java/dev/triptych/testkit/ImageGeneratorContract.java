package dev.triptych.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.CacheStatus;
import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationHandle;
import dev.triptych.GenerationListener;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.ImageHeader;
import java.awt.Color;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link ImageGenerator} keeps, whatever paints behind it. A provider's test extends this and says how to
 * make a generator; it is done when all of this passes.
 *
 * <pre>{@code
 * class LocalGeneratorContractTest extends ImageGeneratorContract {
 *     @Override
 *     protected ImageGenerator createGenerator() {
 *         return LocalDiffusionGenerator.of(tinyCheckpoint);
 *     }
 * }
 * }</pre>
 */
@Timeout(120)
public abstract class ImageGeneratorContract {

    private static final String PROMPT = "zanzibar fox 7319";
    private static final String NEGATIVE_PROMPT = "quixotic blur 2846";
    private static final long PATIENCE_SECONDS = 60;

    /** A new generator that makes real pictures, against a local server where it needs one. */
    protected abstract ImageGenerator createGenerator() throws Exception;

    /**
     * A new generator whose picture does not come by itself, so that a call waits in the middle of its work until it is
     * cancelled; empty where a call never waits for anybody.
     */
    protected Optional<ImageGenerator> createHangingGenerator() throws Exception {
        return Optional.empty();
    }

    /**
     * A new generator whose calls stop in the middle of their work until they are told to go on: for a provider behind
     * a network, a server that holds its answers back. With it the cases of the close rule run; empty where no call can
     * be held.
     */
    protected Optional<HeldGenerator> createHeldGenerator() throws Exception {
        return Optional.empty();
    }

    /**
     * A generator whose calls are held.
     *
     * @param generator the generator
     * @param arrivals waits until so many calls are held, the request of each on its way to being billed
     * @param goOn lets the held calls go on, and later ones through
     */
    public record HeldGenerator(ImageGenerator generator, Arrivals arrivals, Runnable goOn) {

        /** Waits for calls to arrive where they are held. */
        @FunctionalInterface
        public interface Arrivals {
            /** Returns when {@code count} calls are held. */
            void await(int count) throws InterruptedException;
        }
    }

    /** How many calls the generator works on at the same time before the next one waits in its queue; 0 = no queue. */
    protected int callsAtOnce() {
        return 0;
    }

    /** Why the generator does not keep the close rule yet; empty = it does. A reason skips the rule's cases. */
    protected Optional<String> whyCloseRuleIsMissing() {
        return Optional.empty();
    }

    /** Why the generator does not keep the listener rule yet; empty = it does. A reason skips the rule's cases. */
    protected Optional<String> whyListenerRuleIsMissing() {
        return Optional.empty();
    }

    /** Why the generator does not prepare as it should yet; empty = it does. A reason skips those cases. */
    protected Optional<String> whyPreparingIsMissing() {
        return Optional.empty();
    }

    private static void assumeKept(Optional<String> reason) {
        assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    }

    /** Keys and tokens that must never be shown. */
    protected List<String> secrets() {
        return List.of();
    }

    /** A request that the generator serves as fast as it can; add what makes it cheap. */
    protected ImageRequest.Builder request() {
        return ImageRequest.builder().prompt(PROMPT);
    }

    @Test
    void saysWhoItIs() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            assertThat(generator.info().name()).isNotBlank();
            assertThat(generator.info().provider()).matches("[a-z][a-z0-9-]*");
            assertThat(generator.info().model()).isNotBlank();
            assertThat(generator.info()).isEqualTo(generator.info());
        }
    }

    @Test
    void saysWhatItCanDo() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            Capabilities capabilities = generator.capabilities();

            assertThat(capabilities.operations()).contains(Operation.TEXT_TO_IMAGE);
            assertThat(capabilities.maxImagesPerCall()).isPositive();
            assertThat(capabilities.sizes().accepts(capabilities.sizes().standard()))
                    .isTrue();
            assertThat(capabilities.options()).allMatch(key -> key.startsWith(capabilities.optionPrefix() + "."));
            assertThat(capabilities.deterministicSeeds() && !capabilities.honours(Parameter.SEED))
                    .as("deterministic seeds need a seed that is honoured")
                    .isFalse();
        }
    }

    @Test
    void makesAsManyPicturesAsAsked() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            int count = Math.min(2, generator.capabilities().maxImagesPerCall());

            ImageResult result = generator.generate(request().count(count).build());

            assertThat(result.images()).hasSize(count);
            assertThat(result.failures()).isEmpty();
            for (GeneratedImage image : result.images()) {
                ImageHeader header = ImageHeader.read(image.bytes());
                assertThat(image.mediaType()).isEqualTo(header.mediaType());
                assertThat(image.width()).isEqualTo(header.width());
                assertThat(image.height()).isEqualTo(header.height());
                assertThat(image.sha256()).matches("[0-9a-f]{64}");
            }
        }
    }

    @Test
    void makesTheSizeThatTheEffectiveRequestSays() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            ImageResult result = generator.generate(request().build());

            result.execution().effectiveRequest().size().ifPresent(size -> {
                assertThat(result.image().width()).isEqualTo(size.width());
                assertThat(result.image().height()).isEqualTo(size.height());
            });
        }
    }

    @Test
    void tellsHowTheResultCameAbout() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            GenerationContext context =
                    GenerationContext.builder().requestId("request-17").build();

            ImageResult result = generator.generate(request().build(), context);

            assertThat(result.execution().servedBy()).isEqualTo(generator.info());
            assertThat(result.execution().requestId()).isEqualTo("request-17");
            assertThat(result.execution().attempts()).isEqualTo(1);
            assertThat(result.execution().cache()).isEqualTo(CacheStatus.BYPASS);
            assertThat(result.execution().passedOver()).isEmpty();
            assertThat(result.execution().total()).isGreaterThanOrEqualTo(Duration.ZERO);
            assertThat(result.execution().effectiveRequest().prompt())
                    .isEqualTo(request().build().prompt());
        }
    }

    @Test
    void warnsOfAnUnknownOption() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            String key = unknownOption(generator);

            ImageResult result = generator.generate(request().option(key, "1").build());

            assertThat(result.warnings())
                    .extracting(GenerationWarning::kind, GenerationWarning::field)
                    .contains(tuple(GenerationWarning.Kind.IGNORED, "options." + key));
            assertThat(result.execution().effectiveRequest().options()).doesNotContainKey(key);
        }
    }

    @Test
    void refusesAnUnknownOptionWhenStrict() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            ImageRequest request =
                    request().option(unknownOption(generator), "1").build();
            GenerationContext strict = GenerationContext.builder()
                    .negotiation(NegotiationMode.STRICT)
                    .build();

            assertThatThrownBy(() -> generator.generate(request, strict))
                    .isInstanceOfSatisfying(UnsupportedRequestException.class, this::assertNothingWasSent);
        }
    }

    private static String unknownOption(ImageGenerator generator) {
        String key = generator.capabilities().optionPrefix() + ".no-such-option";
        assumeTrue(!generator.capabilities().optionPrefix().isEmpty(), "the generator has no options of its own");
        assumeTrue(!generator.capabilities().knowsOption(key), "the generator takes any option");
        return key;
    }

    @Test
    void letsOptionsOfOtherProvidersPassWithoutAWord() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            ImageResult result =
                    generator.generate(request().option("nobody.setting", "1").build());

            assertThat(result.warnings()).extracting(GenerationWarning::field).doesNotContain("options.nobody.setting");
        }
    }

    @Test
    void warnsOfANegativePromptThatHasNoEffect() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            ImageResult result =
                    generator.generate(request().negativePrompt(NEGATIVE_PROMPT).build());

            boolean honoured = generator.capabilities().honours(Parameter.NEGATIVE_PROMPT);
            assertThat(result.warnings().stream()
                            .anyMatch(warning -> warning.field().equals("negativePrompt")))
                    .isEqualTo(!honoured);
        }
    }

    @Test
    void refusesMorePicturesThanACallMakes() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            int max = generator.capabilities().maxImagesPerCall();
            assumeTrue(max < ImageRequest.MAX_COUNT, "the generator makes as many pictures as a request may ask for");
            ImageRequest request = request().count(max + 1).build();

            assertThatThrownBy(() -> generator.generate(request))
                    .isInstanceOfSatisfying(UnsupportedRequestException.class, this::assertNothingWasSent)
                    .hasMessage("count must be at most " + max + " a call but was " + (max + 1));
        }
    }

    @Test
    void refusesAMaskItCannotPaintIn() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            assumeTrue(!generator.capabilities().operations().contains(Operation.INPAINTING), "the generator inpaints");
            ImageRequest request = request()
                    .input(ImageInput.of(TestPictures.png(8, 8, Color.GRAY)))
                    .mask(ImageInput.of(TestPictures.mask(8, 8)))
                    .build();

            assertThatThrownBy(() -> generator.generate(request))
                    .isInstanceOfSatisfying(UnsupportedRequestException.class, this::assertNothingWasSent);
        }
    }

    private void assertNothingWasSent(ImageGenerationException error) {
        assertNotSent(error);
        assertThat(error.isRetryable()).isFalse();
    }

    @Test
    void givesEachPictureItsSeed() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            assumeTrue(generator.capabilities().honours(Parameter.SEED), "the generator honours no seed");
            int count = Math.min(2, generator.capabilities().maxImagesPerCall());

            ImageResult result =
                    generator.generate(request().seed(41).count(count).build());

            for (int i = 0; i < count; i++) {
                assertThat(result.images().get(i).seed()).hasValue(41 + i);
            }
        }
    }

    @Test
    void makesTheSamePictureOfTheSameSeed() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            assumeTrue(generator.capabilities().deterministicSeeds(), "the generator's seeds are not deterministic");

            GeneratedImage first =
                    generator.generate(request().seed(41).build()).image();
            GeneratedImage again =
                    generator.generate(request().seed(41).build()).image();
            GeneratedImage other =
                    generator.generate(request().seed(42).build()).image();

            assertThat(again.bytes()).isEqualTo(first.bytes());
            assertThat(other.bytes()).isNotEqualTo(first.bytes());
        }
    }

    @Test
    void tellsOfItsWorkInOrder() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            List<GenerationEvent> events = new CopyOnWriteArrayList<>();

            generator.generate(
                    request().build(),
                    GenerationContext.builder().listener(events::add).build());

            assertWorkInOrder(events);
            assertThat(events)
                    .noneMatch(GenerationEvent.Completed.class::isInstance)
                    .noneMatch(GenerationEvent.Failed.class::isInstance);
        }
    }

    private static boolean isBeforeTheWork(GenerationEvent event) {
        return event instanceof GenerationEvent.Queued
                || event instanceof GenerationEvent.Downloading
                || event instanceof GenerationEvent.Loading;
    }

    private static void assertWorkInOrder(List<GenerationEvent> events) {
        List<GenerationEvent> working =
                events.stream().filter(event -> !isBeforeTheWork(event)).toList();
        assertThat(working).isNotEmpty();
        assertThat(working.get(0)).isInstanceOf(GenerationEvent.Started.class);
        assertThat(working.stream().filter(GenerationEvent.Started.class::isInstance))
                .hasSize(1);
        int last = 0;
        for (GenerationEvent event : working) {
            if (event instanceof GenerationEvent.Progress progress) {
                assertThat(progress.step()).isBetween(Math.max(1, last), progress.total());
                last = progress.step();
            }
        }
    }

    @Test
    void tellsTheEndOnceWhenSubmitted() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            List<GenerationEvent> events = new CopyOnWriteArrayList<>();

            ImageResult result =
                    generator.submit(request().build(), events::add).result();

            assertThat(events.stream().filter(GenerationEvent.Completed.class::isInstance))
                    .hasSize(1);
            assertThat(events.get(events.size() - 1)).isEqualTo(new GenerationEvent.Completed(result));
            assertWorkInOrder(events.subList(0, events.size() - 1));
        }
    }

    @Test
    void doesNotBeginWhatIsCancelled() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            GenerationContext context = GenerationContext.create();
            context.cancellation().cancel();

            assertThatThrownBy(() -> generator.generate(request().build(), context))
                    .isInstanceOfSatisfying(
                            GenerationCancelledException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT));
        }
    }

    @Test
    void stopsWhenCancelledOnTheWay() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            GenerationContext.Builder builder = GenerationContext.builder();
            GenerationContext context = builder.build();
            GenerationContext cancelling = context.toBuilder()
                    .listener(event -> context.cancellation().cancel())
                    .build();

            assertThatThrownBy(() -> generator.generate(request().build(), cancelling))
                    .isInstanceOf(GenerationCancelledException.class);
        }
    }

    @Test
    void stopsWaitingWhenCancelledByAnotherThread() throws Exception {
        try (ImageGenerator generator = hangingGenerator()) {
            CountDownLatch started = new CountDownLatch(1);
            GenerationHandle handle = generator.submit(request().build(), event -> started.countDown());
            assertThat(started.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

            handle.cancel();

            assertThatThrownBy(handle::result).isInstanceOf(GenerationCancelledException.class);
        }
    }

    @Test
    void stopsWaitingWhenInterruptedAndSetsTheFlagAgain() throws Exception {
        try (ImageGenerator generator = hangingGenerator()) {
            CountDownLatch started = new CountDownLatch(1);
            AtomicBoolean flag = new AtomicBoolean();
            CompletableFuture<ImageResult> call = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                generate(generator, call, event -> started.countDown());
                flag.set(Thread.currentThread().isInterrupted());
            });
            thread.start();
            assertThat(started.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

            thread.interrupt();
            thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));

            assertThatThrownBy(() -> call.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(GenerationCancelledException.class);
            assertThat(flag).isTrue();
        }
    }

    private ImageGenerator hangingGenerator() throws Exception {
        Optional<ImageGenerator> generator = createHangingGenerator();
        assumeTrue(generator.isPresent(), "a call of this generator waits for nobody");
        return generator.orElseThrow();
    }

    @Test
    void stopsWhenInterruptedOnTheWayAndSetsTheFlagAgain() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            AtomicBoolean flag = new AtomicBoolean();
            CompletableFuture<ImageResult> call = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                generate(generator, call, event -> Thread.currentThread().interrupt());
                flag.set(Thread.currentThread().isInterrupted());
            });

            thread.start();
            thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));

            assertThatThrownBy(() -> call.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(GenerationCancelledException.class);
            assertThat(flag).isTrue();
        }
    }

    private void generate(ImageGenerator generator, CompletableFuture<ImageResult> call, GenerationListener listener) {
        try {
            call.complete(generator.generate(
                    request().build(),
                    GenerationContext.builder().listener(listener).build()));
        } catch (RuntimeException | Error e) {
            call.completeExceptionally(e);
        }
    }

    @Test
    void doesNotBeginAfterItsDeadline() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            Instant now = Instant.parse("2026-01-01T00:00:00Z");
            GenerationContext context = GenerationContext.builder()
                    .clock(Clock.fixed(now, ZoneOffset.UTC))
                    .deadline(now.minusSeconds(1))
                    .build();

            assertThatThrownBy(() -> generator.generate(request().build(), context))
                    .isInstanceOfSatisfying(
                            ProviderUnavailableException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT));
        }
    }

    @Test
    void showsNoPromptAndNoSecret() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            ImageRequest request = request().negativePrompt(NEGATIVE_PROMPT).build();

            ImageResult result = generator.generate(request);

            String shown = generator + " " + generator.info() + " " + generator.capabilities() + " " + result;
            List<String> hidden = new ArrayList<>(secrets());
            hidden.add(request.prompt());
            hidden.add(NEGATIVE_PROMPT);
            assertThat(shown).doesNotContain(hidden);
        }
    }

    @Test
    void servesTwoThreadsAtOnce() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            GenerationHandle first = generator.submit(request().build(), event -> {});
            GenerationHandle second = generator.submit(request().build(), event -> {});

            assertThat(first.result().images()).hasSize(1);
            assertThat(second.result().images()).hasSize(1);
        }
    }

    @Test
    void unwrapsToItsOwnType() throws Exception {
        try (ImageGenerator generator = createGenerator()) {
            assertThat((Object) generator.unwrap(generator.getClass())).isSameAs(generator);
            assertThatThrownBy(() -> generator.unwrap(String.class)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    // Preparing

    @Test
    void preparesOnceForTheCallsThatFollow() throws Exception {
        assumeKept(whyPreparingIsMissing());
        try (ImageGenerator generator = createGenerator()) {
            List<GenerationEvent> preparing = new CopyOnWriteArrayList<>();
            List<GenerationEvent> working = new CopyOnWriteArrayList<>();

            generator.prepare(
                    GenerationContext.builder().listener(preparing::add).build());
            generator.generate(
                    request().build(),
                    GenerationContext.builder().listener(working::add).build());

            assertThat(preparing).allMatch(ImageGeneratorContract::isBeforeTheWork);
            assertThat(preparing)
                    .filteredOn(GenerationEvent.Loading.class::isInstance)
                    .allSatisfy(event -> assertThat(((GenerationEvent.Loading) event).fraction())
                            .isBetween(0.0, 1.0));
            assertThat(working)
                    .noneMatch(event ->
                            event instanceof GenerationEvent.Loading || event instanceof GenerationEvent.Downloading);
        }
    }

    // The listener rule

    @Test
    void losesNoPictureToAListenerThatThrows() throws Exception {
        assumeKept(whyListenerRuleIsMissing());
        try (ImageGenerator generator = createGenerator()) {
            ImageResult afterException = generator.generate(request().build(), listening(event -> {
                throw new IllegalStateException("the listener fails");
            }));
            ImageResult afterError = generator.generate(request().build(), listening(event -> {
                throw new AssertionError("the listener fails badly");
            }));

            assertThat(afterException.images()).hasSize(1);
            assertThat(afterError.images()).hasSize(1);
        }
    }

    @Test
    void tellsListenersOutsideItsLocks() throws Exception {
        assumeKept(whyListenerRuleIsMissing());
        try (ImageGenerator generator = createGenerator()) {
            AtomicBoolean answered = new AtomicBoolean(true);

            ImageResult result = generator.generate(request().build(), listening(event -> {
                Thread other = thread(() -> {
                    generator.info();
                    generator.capabilities();
                });
                answered.compareAndSet(true, ended(other));
            }));

            assertThat(result.images()).hasSize(1);
            assertThat(answered).isTrue();
        }
    }

    @Test
    void answersWhoItIsWhileACallRuns() throws Exception {
        HeldGenerator held = heldGenerator();
        try (ImageGenerator generator = held.generator()) {
            GenerationHandle call = generator.submit(request().build(), event -> {});
            held.arrivals().await(1);

            Thread asking = thread(() -> {
                generator.info();
                generator.capabilities();
            });

            assertThat(ended(asking)).isTrue();
            held.goOn().run();
            assertThat(call.result().images()).hasSize(1);
        }
    }

    private static GenerationContext listening(GenerationListener listener) {
        return GenerationContext.builder().listener(listener).build();
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "contract");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Whether {@code thread} has ended, or does soon. */
    private static boolean ended(Thread thread) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    // The close rule

    @Test
    void refusesCallsOnceItIsClosed() throws Exception {
        assumeKept(whyCloseRuleIsMissing());
        ImageGenerator generator = createGenerator();
        generator.close();

        assertThatThrownBy(() -> generator.generate(request().build()))
                .isInstanceOfSatisfying(ProviderUnavailableException.class, ImageGeneratorContract::assertNotSent);
        assertThatThrownBy(
                        () -> generator.submit(request().build(), event -> {}).result())
                .isInstanceOfSatisfying(ProviderUnavailableException.class, ImageGeneratorContract::assertNotSent);
    }

    @Test
    void closesFromAListenerOfItsOwnCall() throws Exception {
        assumeKept(whyCloseRuleIsMissing());
        ImageGenerator generator = createGenerator();
        CompletableFuture<ImageResult> call = new CompletableFuture<>();

        Thread thread = thread(() -> generate(generator, call, event -> generator.close()));

        assertThat(ended(thread)).as("closing from a listener must not wait").isTrue();
        assertGotItsPictureOrWasNotSent(call);
        generator.close();
        assertThatThrownBy(() -> generator.generate(request().build()))
                .isInstanceOfSatisfying(ProviderUnavailableException.class, ImageGeneratorContract::assertNotSent);
    }

    private static void assertGotItsPictureOrWasNotSent(CompletableFuture<ImageResult> call) throws Exception {
        try {
            assertThat(call.get(PATIENCE_SECONDS, TimeUnit.SECONDS).images()).isNotEmpty();
        } catch (ExecutionException e) {
            assertThat(e.getCause())
                    .isInstanceOfAny(GenerationCancelledException.class, ProviderUnavailableException.class)
                    .isInstanceOfSatisfying(ImageGenerationException.class, ImageGeneratorContract::assertNotSent);
        }
    }

    @Test
    void cancelsRunningWorkThatCostsNothingWhenItIsClosed() throws Exception {
        HeldGenerator held = heldGenerator();
        assumeTrue(isFree(held.generator()), "the generator's calls are billed");
        GenerationHandle call = held.generator().submit(request().build(), event -> {});
        held.arrivals().await(1);

        held.generator().close();

        assertThatThrownBy(call::result)
                .isInstanceOfSatisfying(GenerationCancelledException.class, ImageGeneratorContract::assertNotSent);
    }

    @Test
    void letsACallFinishThatMayBeBilledWhenItIsClosed() throws Exception {
        HeldGenerator held = heldGenerator();
        assumeTrue(!isFree(held.generator()), "the generator's calls cost nothing");
        GenerationHandle call = held.generator().submit(request().build(), event -> {});
        held.arrivals().await(1);

        Thread first = thread(held.generator()::close);
        Thread second = thread(held.generator()::close);
        awaitWaiting(first);
        awaitWaiting(second);

        assertThat(first.isAlive() && second.isAlive())
                .as("closing waits for the call, also the second time")
                .isTrue();
        assertThat(call.isDone()).isFalse();
        held.goOn().run();
        assertThat(call.result().images()).hasSize(1);
        assertThat(ended(first) && ended(second)).isTrue();
    }

    @Test
    void endsCallsThatWaitAtOnceWhenItIsClosed() throws Exception {
        HeldGenerator held = heldGenerator();
        assumeTrue(callsAtOnce() > 0, "the generator has no queue");
        for (int i = 0; i < callsAtOnce(); i++) {
            held.generator().submit(request().build(), event -> {});
        }
        held.arrivals().await(callsAtOnce());
        CountDownLatch queued = new CountDownLatch(1);
        GenerationHandle waiting = held.generator().submit(request().build(), event -> {
            if (event instanceof GenerationEvent.Queued) {
                queued.countDown();
            }
        });
        assertThat(queued.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

        Thread closing = thread(held.generator()::close);

        assertThatThrownBy(waiting::result)
                .isInstanceOfSatisfying(ProviderUnavailableException.class, ImageGeneratorContract::assertNotSent);
        held.goOn().run();
        assertThat(ended(closing)).isTrue();
    }

    private HeldGenerator heldGenerator() throws Exception {
        assumeKept(whyCloseRuleIsMissing());
        Optional<HeldGenerator> held = createHeldGenerator();
        assumeTrue(held.isPresent(), "calls of this generator cannot be held");
        return held.orElseThrow();
    }

    private static boolean isFree(ImageGenerator generator) {
        return generator.capabilities().costClass() == CostClass.FREE;
    }

    private static void assertNotSent(ImageGenerationException error) {
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
    }

    /** Returns when {@code thread} waits for something, or has ended. */
    private static void awaitWaiting(Thread thread) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.TIMED_WAITING
                && thread.getState() != Thread.State.TERMINATED) {
            assertThat(System.nanoTime()).as("the thread waits or ends").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void closesTwice() throws Exception {
        ImageGenerator generator = createGenerator();
        generator.generate(request().build());

        generator.close();
        generator.close();

        assertThat(generator.info().name()).isNotBlank();
    }
}
