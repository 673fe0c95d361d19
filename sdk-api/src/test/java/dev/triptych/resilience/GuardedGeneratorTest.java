package dev.triptych.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cancellation;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationListener;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageFailure;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.RunningCalls;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.testkit.FaultyGenerator;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class GuardedGeneratorTest {

    private static final ImageRequest FOX =
            ImageRequest.builder().prompt("a fox").seed(7).build();

    private final VirtualTime time = new VirtualTime();
    private final Resilience resilience = new Resilience();
    private final GuardParts parts = new GuardParts(resilience, Optional.empty(), List.of(), time.surroundings());
    private final List<GenerationEvent> events = new ArrayList<>();

    private GuardedGenerator guarded(FaultyGenerator provider, GuardSettings settings) {
        return GuardedGenerator.of(provider, settings, parts);
    }

    private GenerationContext context() {
        return time.context().listener(events::add).build();
    }

    private static GuardSettings retrying() {
        return GuardSettings.none().withRetry(RetrySettings.standard());
    }

    // Retry

    @Test
    void repeatsUntilAnAttemptSucceedsAndSaysSo() {
        FaultyGenerator provider = FaultyGenerator.billed("studio")
                .failNext(Failures.unavailable(Outcome.NOT_SENT), Failures.tooMany(Duration.ofSeconds(9)));

        ImageResult result = guarded(provider, retrying()).generate(FOX, context());

        assertThat(time.sleeps()).containsExactly(Duration.ofMillis(250), Duration.ofSeconds(9));
        assertThat(result.execution().attempts()).isEqualTo(3);
        assertThat(events)
                .filteredOn(GenerationEvent.Retrying.class::isInstance)
                .extracting(event -> ((GenerationEvent.Retrying) event).delay())
                .containsExactly(Duration.ofMillis(250), Duration.ofSeconds(9));
    }

    @Test
    void givesUpAfterTheLastAttemptWithItsError() {
        ImageGenerationException last = Failures.unavailable(Outcome.REJECTED);
        FaultyGenerator provider =
                FaultyGenerator.billed("studio").failNext(Failures.tooMany(), Failures.tooMany(), last);

        assertThatThrownBy(() -> guarded(provider, retrying()).generate(FOX, context()))
                .isSameAs(last);
        assertThat(provider.calls()).isEqualTo(3);
    }

    @Test
    void doesNotRepeatWhatMayHaveBeenBilled() {
        FaultyGenerator provider = FaultyGenerator.billed("studio").failNext(Failures.unavailable(Outcome.UNKNOWN));

        assertThatThrownBy(() -> guarded(provider, retrying()).generate(FOX, context()))
                .isInstanceOf(ProviderUnavailableException.class);
        assertThat(provider.calls()).isEqualTo(1);
        assertThat(time.sleeps()).isEmpty();
    }

    @Test
    void doesNotWaitLongerThanTheCapOrTheDeadline() {
        FaultyGenerator patient = FaultyGenerator.billed("studio").failNext(Failures.tooMany(Duration.ofSeconds(61)));
        FaultyGenerator hurried = FaultyGenerator.billed("hurried").failNext(Failures.tooMany(Duration.ofSeconds(5)));

        assertThatThrownBy(() -> guarded(patient, retrying()).generate(FOX, context()))
                .isInstanceOf(RateLimitedException.class);
        assertThatThrownBy(() -> guarded(hurried, retrying())
                        .generate(
                                FOX,
                                time.context().timeout(Duration.ofSeconds(5)).build()))
                .isInstanceOf(RateLimitedException.class);
        assertThat(time.sleeps()).isEmpty();
    }

    @Test
    void stopsWaitingWhenTheCallerCancels() {
        Cancellation cancellation = new Cancellation();
        FaultyGenerator provider = FaultyGenerator.billed("studio").failNext(Failures.tooMany());
        GenerationListener cancelling = event -> {
            if (event instanceof GenerationEvent.Retrying) {
                cancellation.cancel();
            }
        };

        assertThatThrownBy(() -> guarded(provider, retrying())
                        .generate(
                                FOX,
                                time.context()
                                        .cancellation(cancellation)
                                        .listener(cancelling)
                                        .build()))
                .isInstanceOf(GenerationCancelledException.class);
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void repeatsTheDownloadAloneOncePicturesWereMade() {
        ImageResult made = FaultyGenerator.named("elsewhere").generate(FOX);
        AtomicInteger downloads = new AtomicInteger();
        ImageFetchException.Download download = context -> {
            if (downloads.incrementAndGet() < 2) {
                throw Failures.notFetched(again -> {
                    downloads.incrementAndGet();
                    return made;
                });
            }
            throw new AssertionError("the newest error's download is the one to repeat");
        };
        FaultyGenerator provider = FaultyGenerator.billed("studio").failNext(Failures.notFetched(download));

        ImageResult result = guarded(provider, retrying()).generate(FOX, context());

        assertThat(result.image()).isEqualTo(made.image());
        assertThat(provider.calls()).isEqualTo(1);
        assertThat(downloads).hasValue(2);
    }

    @Test
    void fetchesSinglePicturesAgainThatWereMade() {
        ImageRequest four = FOX.toBuilder().count(4).build();
        ImageResult second = FaultyGenerator.named("elsewhere")
                .generate(FOX.toBuilder().seed(8).build());
        FaultyGenerator provider = FaultyGenerator.billed("studio")
                .failImage(1, Failures.notFetched(context -> second))
                .failImage(3, Failures.refused());

        ImageResult result = guarded(provider, retrying()).generate(four, context());

        assertThat(result.images())
                .extracting(image -> image.seed().orElseThrow())
                .containsExactly(7L, 8L, 9L);
        assertThat(result.failures())
                .singleElement()
                .satisfies(failure -> assertThat(failure.index()).isEqualTo(3));
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void registersItsRetryWithResilience4j() {
        FaultyGenerator provider = FaultyGenerator.billed("studio").failNext(Failures.tooMany());
        GuardedGenerator generator = guarded(provider, retrying());

        generator.generate(FOX, context());

        RetryRegistry retries = generator.unwrap(RetryRegistry.class);
        assertThat(retries.retry("studio").getMetrics().getNumberOfSuccessfulCallsWithRetryAttempt())
                .isEqualTo(1);
        generator.close();
        assertThat(retries.find("studio")).isEmpty();
    }

    // Circuit breaker

    private static GuardSettings breaking() {
        return GuardSettings.none().withCircuitBreaker(new CircuitBreakerSettings(50, 4, 4, Duration.ofSeconds(30), 1));
    }

    private void failTimes(GuardedGenerator generator, int times) {
        for (int i = 0; i < times; i++) {
            assertThatThrownBy(() -> generator.generate(FOX, context())).isInstanceOf(ImageGenerationException.class);
        }
    }

    @Test
    void leavesAProviderAloneThatDoesNotAnswerAndTriesAgainLater() {
        FaultyGenerator provider = FaultyGenerator.billed("studio").failAlways(Failures.unavailable(Outcome.UNKNOWN));
        GuardedGenerator generator = guarded(provider, breaking());

        failTimes(generator, 4);
        assertThatThrownBy(() -> generator.generate(FOX, context()))
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("the circuit of studio must be closed but is open after repeated failures")
                .satisfies(error ->
                        assertThat(((ImageGenerationException) error).outcome()).isEqualTo(Outcome.NOT_SENT));
        assertThat(provider.calls()).isEqualTo(4);

        time.pass(Duration.ofSeconds(31));
        provider.recover();
        generator.generate(FOX, context());
        assertThat(breakerOf(generator).getState()).isEqualTo(CircuitBreaker.State.CLOSED);
    }

    @Test
    void countsErrorsOfAvailabilityAlone() {
        FaultyGenerator provider = FaultyGenerator.billed("studio");
        GuardedGenerator generator = guarded(provider, breaking());

        provider.failAlways(Failures.refused());
        failTimes(generator, 4);
        provider.failAlways(Failures.wrongKey());
        failTimes(generator, 4);
        provider.failAlways(Failures.tooMany());
        failTimes(generator, 4);
        provider.failAlways(new GenerationCancelledException("cancelled", Failures.origin(Outcome.UNKNOWN)));
        failTimes(generator, 4);

        assertThat(breakerOf(generator).getState()).isEqualTo(CircuitBreaker.State.CLOSED);
        assertThat(breakerOf(generator).getMetrics().getNumberOfFailedCalls()).isZero();
    }

    @Test
    void doesNotHoldACallersOwnDeadlineAgainstTheProvider() {
        FaultyGenerator provider = FaultyGenerator.billed("studio");
        GuardedGenerator generator = guarded(provider, breaking());

        for (int i = 0; i < 8; i++) {
            GenerationContext over = time.context().timeout(Duration.ZERO).build();
            assertThatThrownBy(() -> generator.generate(FOX, over)).isInstanceOf(ProviderUnavailableException.class);
        }

        assertThat(breakerOf(generator).getMetrics().getNumberOfFailedCalls()).isZero();
        assertThat(provider.calls()).isZero();
    }

    private CircuitBreaker breakerOf(GuardedGenerator generator) {
        return generator.unwrap(CircuitBreakerRegistry.class).circuitBreaker("studio");
    }

    // Rate limit

    @Test
    void letsSoManyRequestsBeginAndMakesOthersWait() {
        FaultyGenerator provider = FaultyGenerator.named("studio");
        GuardedGenerator generator = guarded(
                provider,
                GuardSettings.none().withRateLimit(new RateLimitSettings(2, Duration.ofHours(1), Duration.ofHours(1))));

        for (int i = 0; i < 4; i++) {
            generator.generate(FOX, context());
        }

        assertThat(time.sleeps())
                .hasSize(2)
                .allSatisfy(wait -> assertThat(wait).isBetween(Duration.ofMinutes(59), Duration.ofHours(1)));
    }

    @Test
    void refusesAtOnceWhatWouldWaitTooLong() {
        FaultyGenerator provider = FaultyGenerator.named("studio");
        GuardedGenerator generator = guarded(
                provider,
                GuardSettings.none().withRateLimit(new RateLimitSettings(1, Duration.ofHours(1), Duration.ZERO)));
        generator.generate(FOX, context());

        assertThatThrownBy(() -> generator.generate(FOX, context()))
                .isInstanceOf(RateLimitedException.class)
                .hasMessage("studio must begin at most 1 requests in PT1H but had more than could wait PT0S");
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void takesItsPermitsFromALimitThatMachinesShareAndSaysWhatThatSays() {
        FaultyGenerator provider = FaultyGenerator.named("studio");
        List<String> asked = new ArrayList<>();
        RateLimits shared = (name, settings) -> {
            asked.add(name + " " + settings.permits());
            return () -> Optional.of(new Permits.Permit(Duration.ofSeconds(7), Optional.of("Redis is away")));
        };
        GuardedGenerator generator = GuardedGenerator.of(
                provider,
                GuardSettings.none()
                        .withRateLimit(RateLimitSettings.perMinute(3).withStore(RateLimitSettings.Store.REDIS)),
                new GuardParts(resilience, Optional.of(shared), Optional.empty(), List.of(), time.surroundings()));

        ImageResult result = generator.generate(FOX, context());

        assertThat(asked).containsExactly("studio 3");
        assertThat(time.sleeps()).containsExactly(Duration.ofSeconds(7));
        assertThat(result.warnings()).containsExactly(GenerationWarning.notice("rate-limit", "Redis is away"));
    }

    @Test
    void saysWhereALimitThatMachinesShareMustBeSet() {
        GuardedGenerator generator = guarded(
                FaultyGenerator.named("studio"),
                GuardSettings.none()
                        .withRateLimit(RateLimitSettings.perMinute(3).withStore(RateLimitSettings.Store.REDIS)));

        assertThatThrownBy(() -> generator.generate(FOX, context()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rate-limit.store is redis, so shared.redis must be set but was not");
    }

    // Bulkhead

    private static GuardSettings oneAtATime(int waiting) {
        return GuardSettings.none().withBulkhead(new BulkheadSettings(1, waiting, Duration.ofMinutes(1)));
    }

    private static CompletableFuture<ImageResult> start(GuardedGenerator generator, GenerationContext context) {
        return CompletableFuture.supplyAsync(() -> generator.generate(FOX, context), work -> new Thread(work).start());
    }

    private static GenerationContext queued(CompletableFuture<Integer> position) {
        return GenerationContext.builder()
                .listener(event -> {
                    if (event instanceof GenerationEvent.Queued queued) {
                        position.complete(queued.position());
                    }
                })
                .build();
    }

    @Test
    void runsSoManyAtATimeAndQueuesTheOthersInOrder() throws Exception {
        FaultyGenerator provider = FaultyGenerator.named("studio").block();
        GuardedGenerator generator = guarded(provider, oneAtATime(2));
        CompletableFuture<ImageResult> first = start(generator, GenerationContext.create());
        provider.awaitBlocked(1);
        CompletableFuture<Integer> position1 = new CompletableFuture<>();
        CompletableFuture<ImageResult> second = start(generator, queued(position1));
        assertThat(position1.get()).isZero();
        CompletableFuture<Integer> position2 = new CompletableFuture<>();
        CompletableFuture<ImageResult> third = start(generator, queued(position2));
        assertThat(position2.get()).isEqualTo(1);

        assertThatThrownBy(() -> generator.generate(FOX, context()))
                .isInstanceOf(RateLimitedException.class)
                .hasMessage("studio must run at most 1 requests at the same time, 2 waiting, but is full");

        provider.release();
        assertThat(List.of(first.get(), second.get(), third.get())).hasSize(3);
        assertThat(provider.mostRunning()).isEqualTo(1);
    }

    @Test
    void letsOneThatIsCancelledLeaveTheQueue() throws Exception {
        FaultyGenerator provider = FaultyGenerator.named("studio").block();
        GuardedGenerator generator = guarded(provider, oneAtATime(1));
        CompletableFuture<ImageResult> first = start(generator, GenerationContext.create());
        provider.awaitBlocked(1);
        CompletableFuture<Integer> position = new CompletableFuture<>();
        GenerationContext waiting = queued(position);
        CompletableFuture<ImageResult> second = start(generator, waiting);
        position.get();

        waiting.cancellation().cancel();

        assertThatThrownBy(second::join).hasCauseInstanceOf(GenerationCancelledException.class);
        provider.release();
        first.get();
        generator.generate(FOX, context());
        assertThat(provider.calls()).isEqualTo(2);
    }

    // Timeout

    @Test
    void givesEachAttemptADeadline() {
        FaultyGenerator provider = FaultyGenerator.named("studio").failNext(Failures.unavailable(Outcome.NOT_SENT));
        List<Duration> left = new ArrayList<>();
        GenerationContext context = time.context().build();
        GuardedGenerator generator = GuardedGenerator.of(
                new SpyGenerator(provider, seen -> left.add(seen.remaining().orElseThrow())),
                retrying().withTimeout(Duration.ofSeconds(20)),
                parts);

        generator.generate(FOX, context);
        generator.generate(FOX, time.context().timeout(Duration.ofSeconds(5)).build());

        assertThat(left).containsExactly(Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(5));
    }

    @Test
    void endsAnAttemptThatIgnoresItsDeadline() throws Exception {
        FaultyGenerator provider = FaultyGenerator.billed("studio").block();
        GuardedGenerator generator = guarded(provider, retrying().withTimeout(Duration.ofSeconds(20)));
        CompletableFuture<ImageResult> result = start(generator, GenerationContext.create());
        provider.awaitBlocked(1);

        time.pass(Duration.ofSeconds(20));

        assertThatThrownBy(result::join)
                .hasCauseInstanceOf(ProviderUnavailableException.class)
                .hasRootCauseMessage("generation was cancelled")
                .cause()
                .hasMessage("studio must answer within PT20S but did not")
                .satisfies(error ->
                        assertThat(((ImageGenerationException) error).outcome()).isEqualTo(Outcome.UNKNOWN));
    }

    // Split

    @Test
    void splitsARequestIntoCallsAndGoesOnWithTheSeeds() {
        FaultyGenerator provider = FaultyGenerator.named("studio");
        ImageRequest ten = FOX.toBuilder().count(10).build();

        ImageResult result = guarded(provider, GuardSettings.none()).generate(ten, context());

        assertThat(provider.requests())
                .extracting(request -> request.seed().orElseThrow() + "x" + request.count())
                .containsExactly("7x4", "11x4", "15x2");
        assertThat(result.images())
                .extracting(image -> image.seed().orElseThrow())
                .containsExactly(7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L, 16L);
        assertThat(result.execution().effectiveRequest().count()).isEqualTo(10);
        assertThat(result.execution().attempts()).isEqualTo(3);
        assertThat(events)
                .filteredOn(GenerationEvent.Progress.class::isInstance)
                .hasSize(10)
                .last()
                .isEqualTo(new GenerationEvent.Progress(10, 10));
        assertThat(events).filteredOn(GenerationEvent.Started.class::isInstance).hasSize(1);
    }

    @Test
    void keepsThePicturesThatCameAndSaysWhichDidNot() {
        FaultyGenerator provider = FaultyGenerator.billed("studio").failCall(2, Failures.refused());
        ImageRequest ten = FOX.toBuilder().count(10).build();

        ImageResult result = guarded(provider, retrying()).generate(ten, context());

        assertThat(result.images()).hasSize(6);
        assertThat(result.failures()).extracting(failure -> failure.index()).containsExactly(4, 5, 6, 7);
    }

    @Test
    void throwsWhatSaysMostAboutTheMoneyWhereNoPartCame() {
        ImageGenerationException mayBeBilled = Failures.unavailable(Outcome.UNKNOWN);
        FaultyGenerator provider = FaultyGenerator.billed("studio")
                .failNext(Failures.unavailable(Outcome.NOT_SENT), mayBeBilled, Failures.tooMany());
        ImageRequest ten = FOX.toBuilder().count(10).build();

        assertThatThrownBy(() -> guarded(provider, retrying()).generate(ten, context()))
                .isSameAs(mayBeBilled);
        assertThat(provider.calls()).isEqualTo(3);
    }

    @Test
    void fetchesThePartsAgainThatWereMade() {
        ImageResult made = FaultyGenerator.named("elsewhere")
                .generate(FOX.toBuilder().count(4).build());
        FaultyGenerator provider =
                FaultyGenerator.billed("studio").failNext(Failures.notFetched(context -> made), Failures.refused());
        ImageRequest eight = FOX.toBuilder().count(8).build();

        ImageResult result = guarded(provider, retrying()).generate(eight, context());

        assertThat(result.images()).isEqualTo(made.images());
        assertThat(result.failures()).extracting(failure -> failure.index()).containsExactly(4, 5, 6, 7);
        assertThat(provider.calls()).isEqualTo(2);
    }

    @Test
    void runsSomePartsSideBySideButNoMoreThanAllowed() throws Exception {
        FaultyGenerator provider = FaultyGenerator.named("studio").block();
        GuardedGenerator generator = guarded(provider, GuardSettings.none().withParallelCalls(3));
        ImageRequest twenty = FOX.toBuilder().count(20).build();
        CompletableFuture<ImageResult> result = CompletableFuture.supplyAsync(
                () -> generator.generate(twenty, GenerationContext.create()), work -> new Thread(work).start());
        provider.awaitBlocked(3);

        provider.release();

        assertThat(result.get().images()).hasSize(20);
        assertThat(provider.mostRunning()).isEqualTo(3);
    }

    @Test
    void cancelsEveryPart() throws Exception {
        FaultyGenerator provider = FaultyGenerator.named("studio").block();
        GuardedGenerator generator = guarded(provider, GuardSettings.none().withParallelCalls(3));
        GenerationContext context = GenerationContext.create();
        CompletableFuture<ImageResult> result = CompletableFuture.supplyAsync(
                () -> generator.generate(FOX.toBuilder().count(20).build(), context), work -> new Thread(work).start());
        provider.awaitBlocked(3);

        context.cancellation().cancel();

        assertThatThrownBy(result::join).hasCauseInstanceOf(GenerationCancelledException.class);
        assertThat(provider.calls()).isEqualTo(3);
    }

    @Test
    void asksNoFurtherPartAfterAWrongKey() {
        FaultyGenerator provider = FaultyGenerator.billed("studio").failAlways(Failures.wrongKey());

        assertThatThrownBy(() -> guarded(provider, retrying())
                        .generate(FOX.toBuilder().count(20).build(), context()))
                .hasMessage("wrong key");
        assertThat(provider.calls()).isEqualTo(1);
    }

    @Test
    void beginsNoFurtherPartAfterAnErrorOfTheProgramAndKeepsWhatCame() {
        IllegalStateException bug = new IllegalStateException("bug");
        FaultyGenerator provider = FaultyGenerator.billed("studio").failCall(2, bug);

        ImageResult result = guarded(provider, GuardSettings.none())
                .generate(FOX.toBuilder().count(16).build(), context());

        assertThat(provider.calls()).isEqualTo(2);
        assertThat(result.images()).hasSize(4);
        assertThat(result.failures()).hasSize(12);
        assertThat(result.failures().subList(0, 4)).allSatisfy(failure -> {
            assertThat(failure.error().outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(failure.error()).hasMessage("studio failed with java.lang.IllegalStateException");
        });
        assertThat(result.failures().subList(4, 12)).allSatisfy(failure -> {
            assertThat(failure.error().outcome()).isEqualTo(Outcome.NOT_SENT);
            assertThat(failure.error())
                    .hasMessage("studio failed with java.lang.IllegalStateException at another part of the request, and"
                            + " this one was not begun")
                    .hasCause(bug);
        });
    }

    @Test
    void leavesNoPartRunningWhenOneFailsWithAnErrorOfTheProgram() throws Exception {
        FaultyGenerator provider = FaultyGenerator.billed("studio").failAlways(new IllegalStateException("bug"));

        assertThatThrownBy(() -> guarded(provider, GuardSettings.none().withParallelCalls(4))
                        .generate(FOX.toBuilder().count(40).build(), context()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("bug");
        int calls = provider.calls();

        assertThat(calls).isBetween(1, 4);
        provider.recover();
        guarded(provider, GuardSettings.none()).generate(FOX, context());
        assertThat(provider.calls()).isEqualTo(calls + 1);
    }

    @Test
    void keepsThePicturesThatCameBeforeTheRequestWasCancelled() {
        FaultyGenerator provider = FaultyGenerator.billed("studio");
        GenerationContext context = time.context().build();
        GenerationContext cancelling = context.toBuilder()
                .listener(event -> {
                    if (event instanceof GenerationEvent.Progress progress && progress.step() == 4) {
                        context.cancellation().cancel();
                    }
                })
                .build();

        ImageResult result = guarded(provider, GuardSettings.none())
                .generate(FOX.toBuilder().count(8).build(), cancelling);

        assertThat(result.images()).hasSize(4);
        assertThat(result.failures())
                .hasSize(4)
                .allSatisfy(failure -> assertThat(failure.error().outcome()).isEqualTo(Outcome.NOT_SENT));
    }

    @Test
    void fetchesAgainWhatItsTimeLimitCutOff() {
        FaultyGenerator painter = FaultyGenerator.billed("studio");
        AtomicInteger fetches = new AtomicInteger();
        ImageFetchException unfetched = Failures.notFetched(again -> {
            fetches.incrementAndGet();
            assertThat(again.remaining()).hasValue(Duration.ofSeconds(20));
            return painter.generate(FOX, again);
        });
        ForwardingGenerator slow = new ForwardingGenerator(painter) {
            @Override
            protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
                time.pass(Duration.ofSeconds(20));
                throw new GenerationCancelledException("cancelled", unfetched.origin(), unfetched);
            }
        };
        GuardedGenerator generator =
                GuardedGenerator.of(slow, GuardSettings.none().withTimeout(Duration.ofSeconds(20)), parts);

        assertThatThrownBy(() -> generator.generate(
                        FOX, time.context().timeout(Duration.ofSeconds(30)).build()))
                .as("the caller's own deadline holds")
                .isSameAs(unfetched);
        assertThat(fetches).hasValue(0);
        assertThat(generator.generate(FOX, context()).images()).hasSize(1);
        assertThat(fetches).hasValue(1);
    }

    @Test
    void delaysNoOtherRequestByASlowListenerInTheQueue() throws Exception {
        FaultyGenerator provider = FaultyGenerator.billed("studio").block();
        GuardedGenerator generator =
                guarded(provider, GuardSettings.none().withBulkhead(new BulkheadSettings(1, 8, Duration.ofMinutes(1))));
        CompletableFuture<ImageResult> first = start(generator, GenerationContext.create());
        provider.awaitBlocked(1);
        CompletableFuture<Boolean> slow = new CompletableFuture<>();
        CompletableFuture<Boolean> goOn = new CompletableFuture<>();
        CompletableFuture<ImageResult> second = start(
                generator,
                GenerationContext.builder()
                        .listener(event -> {
                            if (event instanceof GenerationEvent.Queued) {
                                slow.complete(true);
                                goOn.join();
                            }
                        })
                        .build());
        slow.join();
        CompletableFuture<Boolean> queued = new CompletableFuture<>();
        CompletableFuture<ImageResult> third = start(
                generator,
                GenerationContext.builder()
                        .listener(event -> queued.complete(true))
                        .build());
        queued.join();

        provider.release();

        assertThat(first.join().images()).hasSize(1);
        assertThat(third.join().images()).hasSize(1);
        goOn.complete(true);
        assertThat(second.join().images()).hasSize(1);
    }

    // The result against the request

    @Test
    void saysWhichPicturesAreMissing() {
        FaultyGenerator provider =
                FaultyGenerator.billed("studio").givingAtMost(1).failImage(2, Failures.refused());

        ImageResult result = guarded(provider, GuardSettings.none())
                .generate(FOX.toBuilder().count(4).build(), context());

        assertThat(result.images()).hasSize(1);
        assertThat(result.failures()).extracting(ImageFailure::index).containsExactly(2, 1, 3);
        assertThat(result.failures().get(1).error())
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("studio must give 4 pictures but gave 1 picture");
        assertThat(result.failures().get(1).error().outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void warnsOfAnotherSizeThanAskedFor() {
        FaultyGenerator provider = FaultyGenerator.billed("studio").painting(ImageSize.square(64));
        GuardedGenerator generator = guarded(provider, GuardSettings.none());

        ImageResult other = generator.generate(FOX.toBuilder().size(1024, 1024).build(), context());
        ImageResult same = generator.generate(FOX.toBuilder().size(64, 64).build(), context());
        ImageResult adapted = generator.generate(FOX.toBuilder().size(65, 65).build(), context());

        assertThat(other.warnings())
                .containsExactly(GenerationWarning.adapted("size", "size must be 1024x1024 but the picture is 64x64"));
        assertThat(same.warnings()).isEmpty();
        assertThat(adapted.warnings()).as("negotiation said so already").hasSize(1);
    }

    @Test
    void aGeneratorMaySayWhyASizeIsAnother() {
        GenerationWarning reason = GenerationWarning.notice("size", "enlarged");
        FaultyGenerator provider = FaultyGenerator.billed("studio").painting(ImageSize.square(64));
        provider.saying(reason);

        ImageResult result = guarded(provider, GuardSettings.none())
                .generate(FOX.toBuilder().size(32, 32).build(), context());

        assertThat(result.warnings()).containsExactly(reason);
    }
}
