package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GenerationContextTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

    @Test
    void countsTheTimeLeftByItsOwnClock() {
        GenerationContext.Builder builder = GenerationContext.builder().clock(CLOCK);

        assertThat(builder.build().remaining()).isEmpty();
        assertThat(builder.timeout(Duration.ofSeconds(30)).build().remaining()).hasValue(Duration.ofSeconds(30));
        assertThat(builder.deadline(CLOCK.instant().minusSeconds(1)).build().remaining())
                .hasValue(Duration.ZERO);
    }

    @Test
    void goesOnWhileTheResultIsWanted() {
        GenerationContext context = GenerationContext.builder()
                .clock(CLOCK)
                .timeout(Duration.ofNanos(1))
                .build();

        assertThatCode(() -> context.checkActive("p", Outcome.NOT_SENT)).doesNotThrowAnyException();
    }

    @Test
    void stopsAtTheDeadlineWithTheOutcomeOfTheCall() {
        GenerationContext context = GenerationContext.builder()
                .clock(CLOCK)
                .deadline(CLOCK.instant())
                .build();

        assertThatThrownBy(() -> context.checkActive("p", Outcome.UNKNOWN))
                .isInstanceOfSatisfying(ProviderUnavailableException.class, error -> {
                    assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
                    assertThat(error.isRetryable()).isFalse();
                })
                .hasMessage("generation must end by its deadline but the time is up");
    }

    @Test
    void stopsWhenCancelledThroughAnyCopy() {
        GenerationContext context = GenerationContext.create();
        GenerationContext copy = context.toBuilder().build();

        context.cancellation().cancel();

        assertThat(copy.requestId()).isEqualTo(context.requestId());
        assertThatThrownBy(() -> copy.checkActive("p", Outcome.NOT_SENT))
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("generation was cancelled");
    }

    @Test
    void stopsWhenInterruptedAndLeavesTheFlagSet() {
        GenerationContext context = GenerationContext.create();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> context.checkActive("p", Outcome.NOT_SENT))
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("generation was interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void hearsNoMoreOfAListenerThatFailed() {
        List<GenerationEvent> heard = new ArrayList<>();
        GenerationContext context = GenerationContext.builder()
                .listener(event -> {
                    heard.add(event);
                    throw new IllegalStateException("listener");
                })
                .build();

        context.emit(new GenerationEvent.Queued(1));
        context.emit(new GenerationEvent.Queued(0));

        assertThat(heard).containsExactly(new GenerationEvent.Queued(1));
    }

    @Test
    void hearsNoErrorOfAListenerEither() {
        GenerationContext context = GenerationContext.builder()
                .listener(event -> {
                    throw new StackOverflowError();
                })
                .build();

        assertThatCode(() -> context.toBuilder().build().emit(new GenerationEvent.Queued(1)))
                .doesNotThrowAnyException();
    }

    @Test
    void runsEachCancelActionOnceAlsoWhenOneFails() {
        List<String> ran = new ArrayList<>();
        Cancellation cancellation = new Cancellation();
        cancellation.onCancel(() -> ran.add("taken back")).close();
        cancellation.onCancel(() -> {
            throw new IllegalStateException("first");
        });
        cancellation.onCancel(() -> ran.add("second"));

        assertThatThrownBy(cancellation::cancel)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("first");
        cancellation.cancel();
        cancellation.onCancel(() -> ran.add("late"));

        assertThat(cancellation.isCancelled()).isTrue();
        assertThat(ran).containsExactly("second", "late");
    }
}
