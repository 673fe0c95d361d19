package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cancellation;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageRequest;
import dev.triptych.testkit.FaultyGenerator;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PaintingTest {

    private final Cancellation cancellation = new Cancellation();
    private final List<GeneratedImage> made = new ArrayList<>();

    private Painting painting(FaultyGenerator generator) {
        return new Painting(generator, Progress.on(new PrintWriter(Writer.nullWriter()), true), cancellation);
    }

    private static ImageRequest four() {
        return ImageRequest.builder().prompt("a fox").count(4).seed(7).build();
    }

    @Test
    void handsOverEachPictureWhereNoneCosts() {
        FaultyGenerator generator = FaultyGenerator.named("free");

        painting(generator).paint(four(), true, result -> made.addAll(result.images()));

        assertThat(generator.requests()).hasSize(4).allMatch(request -> request.count() == 1);
        assertThat(made.stream().map(GeneratedImage::seed))
                .containsExactly(OptionalLong.of(7), OptionalLong.of(8), OptionalLong.of(9), OptionalLong.of(10));
    }

    @Test
    void keepsTwoOfFourWhenStopped() {
        assertThatThrownBy(() -> painting(FaultyGenerator.named("free")).paint(four(), true, result -> {
                    made.addAll(result.images());
                    if (made.size() == 2) {
                        cancellation.cancel();
                    }
                }))
                .isInstanceOf(GenerationCancelledException.class)
                .hasMessage("stopped after 2 of 4 pictures");

        assertThat(made).hasSize(2);
    }

    /** A budget looks at the whole request. */
    @Test
    void asksForAllAtOnceWhereTheyCost() {
        FaultyGenerator generator = FaultyGenerator.billed("paid");

        painting(generator).paint(four(), true, result -> made.addAll(result.images()));

        assertThat(generator.requests()).hasSize(1);
        assertThat(made).hasSize(4);
    }
}
