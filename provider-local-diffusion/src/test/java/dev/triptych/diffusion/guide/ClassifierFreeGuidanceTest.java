package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import dev.triptych.diffusion.guide.Guidance.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClassifierFreeGuidanceTest {

    private static final Conditioning NEGATIVE = Conditioning.of(Map.of()).withWeight(9);
    private static final Conditioning TEXT = Conditioning.of(Map.of()).awayFrom(Optional.of(NEGATIVE));
    private static final Moment MOMENT = new Moment(0, 1, 500);

    private final List<String> calls = new ArrayList<>();

    private final Denoiser single = (input, moment, text, cancellation) -> {
        calls.add(text.isSteeredAwayFrom() ? "negative" : "text");
        return answer(text);
    };

    private final Denoiser both = new Denoiser() {
        @Override
        public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
            return single.predict(input, moment, text, cancellation);
        }

        @Override
        public boolean predictsBothAtOnce() {
            return true;
        }

        @Override
        public List<float[]> predictBoth(
                float[] input, Moment moment, Conditioning text, Conditioning other, Cancellation cancellation) {
            calls.add("both");
            return List.of(answer(text), answer(other));
        }
    };

    @Test
    void showsBothTextsAtOnceWhereThatIsFaster() {
        float[] one = guided(single, 0, TEXT);
        float[] other = guided(both, 0, TEXT);

        assertThat(one).containsExactly(1 + 3 * (2 - 1), -4 + 3 * (6 + 4));
        assertThat(other).isEqualTo(one);
        assertThat(calls).containsExactly("text", "negative", "both");
    }

    @Test
    void rescalesByWhatTheTextAloneGaveAlsoThen() {
        assertThat(guided(both, 0.7f, TEXT)).isEqualTo(guided(single, 0.7f, TEXT));
    }

    @Test
    void showsOneTextWhereNothingIsSteeredAwayFrom() {
        assertThat(guided(both, 0, TEXT.awayFrom(Optional.empty()))).containsExactly(2, 6);
        assertThat(calls).containsExactly("text");
    }

    private static float[] answer(Conditioning text) {
        return text.isSteeredAwayFrom() ? new float[] {1, -4} : new float[] {2, 6};
    }

    private static float[] guided(Denoiser denoiser, float rescale, Conditioning text) {
        Guidance guidance = new Guidance(3, rescale, Interval.ALWAYS, Optional.empty(), false);
        return GuidanceChain.of(() -> denoiser, guidance).predict(new float[2], MOMENT, text, new Cancellation());
    }
}
