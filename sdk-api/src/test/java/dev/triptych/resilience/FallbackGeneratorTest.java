package dev.triptych.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ExecutionRecord.PassedOver;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FallbackGeneratorTest {

    private static final ImageRequest FOX = ImageRequest.of("a fox");

    private final VirtualTime time = new VirtualTime();
    private final GuardParts parts = new GuardParts(new Resilience(), Optional.empty(), List.of(), time.surroundings());
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");
    private final FaultyGenerator offline = FaultyGenerator.named("offline");
    private final List<GenerationEvent> events = new ArrayList<>();

    private FallbackGenerator chain(FallbackSettings settings, FaultyGenerator... generators) {
        GuardSettings guard = GuardSettings.none()
                .withRetry(RetrySettings.standard())
                .withCircuitBreaker(new CircuitBreakerSettings(50, 2, 2, Duration.ofSeconds(30), 1));
        return new FallbackGenerator(
                Stream.of(generators)
                        .map(generator -> GuardedGenerator.of(generator, guard, parts))
                        .toList(),
                settings);
    }

    private GenerationContext context() {
        return time.context().listener(events::add).build();
    }

    static Stream<ImageGenerationException> fallThrough() {
        return Stream.of(
                Failures.unavailable(Outcome.NOT_SENT),
                Failures.unavailable(Outcome.UNKNOWN),
                Failures.tooMany(Duration.ofHours(1)),
                Failures.wrongKey());
    }

    @ParameterizedTest
    @MethodSource("fallThrough")
    void goesOnToTheNextGeneratorAndSaysWhoServedAndWhy(ImageGenerationException cause) {
        studio.failAlways(cause);

        ImageResult result = chain(FallbackSettings.standard(), studio, offline).generate(FOX, context());

        assertThat(result.execution().servedBy().name()).isEqualTo("offline");
        assertThat(result.execution().passedOver()).containsExactly(new PassedOver(studio.info(), cause));
        assertThat(result.execution().attempts()).isEqualTo(1);
        assertThat(events).contains(new GenerationEvent.FallingBack(studio.info(), offline.info(), cause));
    }

    @Test
    void doesNotTryTwiceWhatCannotBeReachedWhileOthersFollow() {
        studio.failAlways(Failures.unavailable(Outcome.NOT_SENT));

        chain(FallbackSettings.standard(), studio, offline).generate(FOX, context());

        assertThat(studio.calls()).isEqualTo(1);
        assertThat(time.sleeps()).isEmpty();
    }

    @Test
    void triesTheLastGeneratorAsOftenAsItMay() {
        offline.failAlways(Failures.unavailable(Outcome.NOT_SENT));

        assertThatThrownBy(() -> chain(FallbackSettings.standard(), offline).generate(FOX, context()))
                .hasMessage("no answer");
        assertThat(offline.calls()).isEqualTo(3);
    }

    @Test
    void passesByAnOpenCircuitWithoutACall() {
        studio.failAlways(Failures.unavailable(Outcome.UNKNOWN));
        FallbackGenerator chain = chain(FallbackSettings.standard(), studio, offline);

        for (int i = 0; i < 5; i++) {
            assertThat(chain.generate(FOX, context()).execution().servedBy()).isEqualTo(offline.info());
        }

        assertThat(studio.calls()).isEqualTo(2);
    }

    @Test
    void keepsARefusalUnlessAsked() {
        studio.failAlways(Failures.refused());

        assertThatThrownBy(() ->
                        chain(FallbackSettings.standard(), studio, offline).generate(FOX, context()))
                .hasMessage("refused");
        ImageResult asked = chain(FallbackSettings.standard().and(FallbackReason.REFUSED), studio, offline)
                .generate(FOX, context());

        assertThat(asked.execution().servedBy().name()).isEqualTo("offline");
    }

    @Test
    void letsEachGeneratorNegotiateTheRequestForItself() {
        ImageRequest withInput = FOX.toBuilder()
                .input(ImageInput.of(TestPictures.png(8, 8, Color.RED)))
                .build();
        FallbackSettings settings = FallbackSettings.standard().and(FallbackReason.UNSUPPORTED);

        assertThatThrownBy(() -> chain(settings, studio, offline).generate(withInput, context()))
                .isInstanceOf(UnsupportedRequestException.class)
                .satisfies(error -> assertThat(error.getSuppressed()).hasSize(1));
        assertThat(offline.calls()).isZero();
    }

    @Test
    void throwsTheFirstChoicesErrorWithTheOthersBesideIt() {
        ImageGenerationException first = Failures.unavailable(Outcome.UNKNOWN);
        ImageGenerationException second = Failures.wrongKey();
        studio.failAlways(first);
        offline.failAlways(second);

        assertThatThrownBy(() ->
                        chain(FallbackSettings.standard(), studio, offline).generate(FOX, context()))
                .isSameAs(first)
                .satisfies(error -> assertThat(error.getSuppressed()).containsExactly(second));
    }

    @Test
    void doesNotGoOnOnceTheDeadlineIsOver() {
        studio.failAlways(Failures.unavailable(Outcome.UNKNOWN));
        GenerationContext over = time.context().timeout(Duration.ZERO).build();

        assertThatThrownBy(() ->
                        chain(FallbackSettings.standard(), studio, offline).generate(FOX, over))
                .isInstanceOf(ImageGenerationException.class);
        assertThat(offline.calls()).isZero();
    }

    // What may have been billed

    private final FaultyGenerator second = FaultyGenerator.billed("second");

    static Stream<ImageGenerationException> mayBeBilled() {
        return Stream.of(
                Failures.unavailable(Outcome.UNKNOWN),
                Failures.unavailable(Outcome.COMPLETED),
                Failures.notFetched(context -> {
                    throw Failures.unavailable(Outcome.NOT_SENT);
                }));
    }

    @ParameterizedTest
    @MethodSource("mayBeBilled")
    void paysNoSecondTimeForWhatMayHaveBeenBilled(ImageGenerationException error) {
        studio.failAlways(error);

        assertThatThrownBy(
                        () -> chain(FallbackSettings.standard(), studio, second).generate(FOX, context()))
                .isSameAs(error);
        assertThat(second.calls()).isZero();
    }

    @Test
    void goesOnToTheNextThatCostsNothing() {
        studio.failAlways(Failures.unavailable(Outcome.UNKNOWN));

        ImageResult result =
                chain(FallbackSettings.standard(), studio, second, offline).generate(FOX, context());

        assertThat(result.execution().servedBy().name()).isEqualTo("offline");
        assertThat(result.execution().passedOver())
                .singleElement()
                .satisfies(over -> assertThat(over.reason().outcome()).isEqualTo(Outcome.UNKNOWN));
        assertThat(second.calls()).isZero();
    }

    @Test
    void paysTwiceWhereTheSettingsSayThatItMay() {
        studio.failAlways(Failures.unavailable(Outcome.UNKNOWN));

        ImageResult result = chain(FallbackSettings.standard().and(FallbackReason.MAY_BE_BILLED), studio, second)
                .generate(FOX, context());

        assertThat(result.execution().servedBy().name()).isEqualTo("second");
    }

    @Test
    void goesOnFromWhatFailedForNothing() {
        FaultyGenerator free = FaultyGenerator.named("free").failAlways(Failures.unavailable(Outcome.UNKNOWN));

        ImageResult result = chain(FallbackSettings.standard(), free, second).generate(FOX, context());

        assertThat(result.execution().servedBy().name()).isEqualTo("second");
    }

    @Test
    void saysWhatMayHaveBeenBilledWhateverFailedFirstOrLast() {
        ImageGenerationException unsent = Failures.unavailable(Outcome.NOT_SENT);
        ImageGenerationException unknown = Failures.unavailable(Outcome.UNKNOWN);
        ImageGenerationException refused = Failures.refused();
        studio.failAlways(unsent);
        second.failAlways(unknown);
        offline.failAlways(refused);

        assertThatThrownBy(() -> chain(FallbackSettings.standard(), studio, second, offline)
                        .generate(FOX, context()))
                .isSameAs(unknown)
                .satisfies(error -> assertThat(error.getSuppressed()).containsExactly(unsent, refused));
    }

    @Test
    void preparesWhatItCan() {
        FaultyGenerator closed = FaultyGenerator.named("closed");
        closed.close();

        chain(FallbackSettings.standard(), closed, offline).prepare(context());

        assertThat(offline.prepareCount()).isEqualTo(1);
        assertThatThrownBy(
                        () -> chain(FallbackSettings.standard(), closed, closed).prepare(context()))
                .hasMessage("generator closed must be open but was closed");
    }
}
