package dev.triptych.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ContentRejectedException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import org.junit.jupiter.api.Test;

class FaultyGeneratorTest {

    private static final ImageRequest REQUEST = ImageRequest.of("a fox");
    private final ProviderUnavailableException error =
            new ProviderUnavailableException("no route", ErrorOrigin.of("faulty", Outcome.NOT_SENT));

    @Test
    void failsTheCallsItWasTold() {
        FaultyGenerator generator = FaultyGenerator.named("fake").failCall(2, error);

        generator.generate(REQUEST);
        assertThatThrownBy(() -> generator.generate(REQUEST)).isSameAs(error);
        generator.generate(REQUEST);

        assertThat(generator.calls()).isEqualTo(3);
    }

    @Test
    void failsTheNextCallsAndRecovers() {
        FaultyGenerator generator = FaultyGenerator.named("fake");
        generator.generate(REQUEST);

        generator.failNext(error);
        assertThatThrownBy(() -> generator.generate(REQUEST)).isSameAs(error);
        generator.generate(REQUEST);
        generator.failAlways(error);
        assertThatThrownBy(() -> generator.generate(REQUEST)).isSameAs(error);
        generator.recover();

        assertThat(generator.generate(REQUEST).images()).hasSize(1);
    }

    @Test
    void leavesOutAPicture() {
        ContentRejectedException refusal =
                new ContentRejectedException("refused", ErrorOrigin.of("faulty", Outcome.REJECTED));
        FaultyGenerator generator = FaultyGenerator.named("fake").failImage(1, refusal);

        ImageResult result =
                generator.generate(REQUEST.toBuilder().count(3).seed(5).build());

        assertThat(result.images()).extracting(image -> image.seed().orElse(0)).containsExactly(5L, 7L);
        assertThat(result.failures())
                .singleElement()
                .satisfies(failure -> assertThat(failure.index()).isEqualTo(1));
    }

    @Test
    void blocksUntilReleased() throws InterruptedException {
        FaultyGenerator generator = FaultyGenerator.named("fake").block();
        GenerationHandle first = generator.submit(REQUEST, event -> {});
        GenerationHandle second = generator.submit(REQUEST, event -> {});

        generator.awaitBlocked(2);
        assertThat(first.isDone()).isFalse();
        generator.release();

        assertThat(first.result().images()).hasSize(1);
        assertThat(second.result().images()).hasSize(1);
        assertThat(generator.mostRunning()).isEqualTo(2);
    }
}
