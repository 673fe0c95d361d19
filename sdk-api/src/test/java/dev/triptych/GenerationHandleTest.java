package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.FaultyGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class GenerationHandleTest {

    private static final ImageRequest REQUEST = ImageRequest.of("a fox");

    private final List<GenerationEvent> events = new CopyOnWriteArrayList<>();
    private final FaultyGenerator generator = FaultyGenerator.named("fake");

    @Test
    void givesTheResultAndTellsTheEndBefore() {
        GenerationHandle handle = generator.submit(REQUEST, events::add);

        ImageResult result = handle.result();

        assertThat(handle.isDone()).isTrue();
        assertThat(handle.toFuture()).isCompletedWithValue(result);
        assertThat(events)
                .containsExactly(
                        new GenerationEvent.Started(generator.info()),
                        new GenerationEvent.Progress(1, 1),
                        new GenerationEvent.Completed(result));
    }

    @Test
    void throwsTheGenerationsOwnErrorAndTellsIt() {
        RateLimitedException error = new RateLimitedException("later", ErrorOrigin.of("p", Outcome.REJECTED));
        generator.failAlways(error);

        GenerationHandle handle = generator.submit(REQUEST, events::add);

        assertThatThrownBy(handle::result).isSameAs(error);
        assertThat(events)
                .containsExactly(new GenerationEvent.Started(generator.info()), new GenerationEvent.Failed(error));
    }

    @Test
    void tellsAnErrorOfTheProgramToo() {
        IllegalStateException bug = new IllegalStateException("bug");
        generator.failAlways(bug);

        GenerationHandle handle = generator.submit(REQUEST, events::add);

        assertThatThrownBy(handle::result).isSameAs(bug);
        assertThat(events.get(events.size() - 1)).isEqualTo(new GenerationEvent.Failed(bug));
    }

    @Test
    void cancels() throws InterruptedException {
        generator.block();
        GenerationHandle handle = generator.submit(REQUEST, events::add);
        generator.awaitBlocked(1);

        handle.cancel();

        assertThatThrownBy(handle::result).isInstanceOf(GenerationCancelledException.class);
        assertThat(events.get(events.size() - 1)).isInstanceOf(GenerationEvent.Failed.class);
    }

    @Test
    void cancelsWhenTheWaitingThreadIsInterrupted() throws InterruptedException {
        generator.block();
        GenerationHandle handle = generator.submit(REQUEST, events::add);
        generator.awaitBlocked(1);
        Thread.currentThread().interrupt();

        assertThatThrownBy(handle::result)
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("waiting for the generation was interrupted");

        assertThat(Thread.interrupted()).isTrue();
        assertThatThrownBy(handle::result)
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("generation was cancelled");
    }

    @Test
    void boundsItsThreadsAndEndsWhatWaitsForOneWhenThatIsCancelled() throws InterruptedException {
        generator.block();
        List<GenerationHandle> running = new ArrayList<>();
        for (int i = 0; i < GenerationHandle.MAX_THREADS; i++) {
            running.add(generator.submit(REQUEST, event -> {}));
        }
        generator.awaitBlocked(GenerationHandle.MAX_THREADS);

        GenerationHandle waiting = generator.submit(REQUEST, events::add);
        waiting.cancel();

        assertThatThrownBy(waiting::result)
                .isInstanceOfSatisfying(
                        GenerationCancelledException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT));
        assertThat(events)
                .singleElement()
                .isInstanceOfSatisfying(
                        GenerationEvent.Failed.class,
                        failed -> assertThat(failed.error()).hasMessage("generation was cancelled"));
        assertThat(generator.mostRunning()).isEqualTo(GenerationHandle.MAX_THREADS);
        generator.release();
        running.forEach(each -> assertThat(each.result().images()).hasSize(1));
    }

    @Test
    void givesAGenerationThatAnotherOneWaitsForAThreadAtOnce() throws InterruptedException {
        FaultyGenerator inner = FaultyGenerator.named("inner");
        generator.block();
        List<GenerationHandle> running = new ArrayList<>();
        for (int i = 0; i < GenerationHandle.MAX_THREADS; i++) {
            running.add(generator.submit(REQUEST, event -> {
                if (event instanceof GenerationEvent.Progress) {
                    inner.submit(REQUEST, any -> {}).result();
                }
            }));
        }
        generator.awaitBlocked(GenerationHandle.MAX_THREADS);

        generator.release();

        running.forEach(each -> assertThat(each.result().images()).hasSize(1));
        assertThat(inner.calls()).isEqualTo(GenerationHandle.MAX_THREADS);
    }
}
