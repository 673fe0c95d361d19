package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import dev.triptych.diffusion.guide.Guidance.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuidanceIntervalTest {

    @ParameterizedTest
    @CsvSource({"0-1, 0 1 2 3 4", "0.2-0.8, 1 2 3", "0.5-0.5, ''", ".33-1, 1 2 3 4", "0-0.5, 0 1", "0-0.19, ''"})
    void holdsTheEvaluationsBetweenItsEndsCutToWholeOnes(String text, String expected) {
        Interval interval = Interval.parse(text);

        List<String> inside = IntStream.range(0, 5)
                .filter(call -> interval.contains(new Moment(call, 5, 0)))
                .mapToObj(Integer::toString)
                .toList();

        assertThat(String.join(" ", inside)).isEqualTo(expected);
    }

    @Test
    void isWrittenAsItIsRead() {
        assertThat(Interval.parse(" 0.20-1 ")).hasToString("0.2-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.2", "0.8-0.2", "0-1.5", "-1-1", "a-b", "0..2-1", "NaN-1", "0-1-1"})
    void refusesWhatIsNoPartOfTheEvaluations(String text) {
        assertThatThrownBy(() -> Interval.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("must be A-B with 0 ≤ A ≤ B ≤ 1 but was ");
    }

    @Test
    void makesTheConditionalPassAloneOutside() {
        List<Float> passes = new ArrayList<>();
        Denoiser network = (input, moment, text, cancellation) -> {
            float answer = (float) text.weight();
            passes.add(answer);
            return new float[] {answer};
        };
        Conditioning negative = Conditioning.of(Map.of()).withWeight(10);
        Conditioning text = Conditioning.of(Map.of()).awayFrom(Optional.of(negative));
        Denoiser guided = GuidanceChain.of(() -> network, new Guidance(3, 0, new Interval(0.5, 1)));

        float[] early = guided.predict(new float[1], new Moment(0, 2, 9), text, new Cancellation());
        float[] late = guided.predict(new float[1], new Moment(1, 2, 8), text, new Cancellation());

        assertThat(early).containsExactly(1);
        assertThat(late).containsExactly(10 + 3 * (1 - 10));
        assertThat(passes).containsExactly(1f, 1f, 10f);
    }
}
