package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EasyCacheTest {

    private static final int CALLS = 20;

    private final List<Integer> made = new ArrayList<>();

    /** Half of what it is shown: an input that moves by d moves the output by d / 2. */
    private final Denoiser network = (input, moment, text, cancellation) -> {
        made.add(moment.call());
        return new float[] {input[0] / 2};
    };

    @Test
    void leavesOutWhatIsExpectedToMoveLessThanTheThreshold() {
        Denoiser cached = new EasyCache(0.1).pass(network);

        List<Float> answers = new ArrayList<>();
        for (int call = 0; call < CALLS; call++) {
            // 100, 101 … : ½ · 1 / 50 = 0.01 is expected after one step, 0.01 + 0.02 after two, and so on.
            answers.add(cached.predict(new float[] {100 + call}, moment(call), text(), new Cancellation())[0]);
        }

        // Active from 3 of 20. After the evaluation at 2, three are left out (0.01 + 0.02 + 0.03), at 6 it is 0.098.
        assertThat(made.subList(0, 4)).containsExactly(0, 1, 2, 7);
        assertThat(made).contains(19); // past 0.95
        assertThat(answers.get(4)).isEqualTo(104 + (51 - 102));
    }

    @Test
    void theFirstPassDecidesForAll() {
        EasyCache cache = new EasyCache(0.1);
        Denoiser first = cache.pass(network);
        List<Integer> others = new ArrayList<>();
        Denoiser second = cache.pass((input, moment, text, cancellation) -> {
            others.add(moment.call());
            return new float[] {-input[0]};
        });

        for (int call = 0; call < CALLS; call++) {
            first.predict(new float[] {100 + call}, moment(call), text(), new Cancellation());
            second.predict(new float[] {100 + call}, moment(call), text(), new Cancellation());
        }

        assertThat(others).isEqualTo(made);
    }

    @Test
    void aPassThatHasNothingToKeepIsMade() {
        EasyCache cache = new EasyCache(10);
        Denoiser first = cache.pass(network);
        Denoiser late = cache.pass(network);
        for (int call = 0; call < 5; call++) {
            first.predict(new float[] {100 + call}, moment(call), text(), new Cancellation());
        }
        made.clear();

        late.predict(new float[] {104}, moment(4), text(), new Cancellation());

        assertThat(made).containsExactly(4);
    }

    @Test
    void maskAndKeptPictureBehindTheLatentsAreNoPartOfAnAnswer() {
        Denoiser cached = new EasyCache(10).pass(network);
        float[] answer = {};

        for (int call = 0; call < 5; call++) {
            answer = cached.predict(new float[] {100 + call, 7, 7}, moment(call), text(), new Cancellation());
        }

        assertThat(made).containsExactly(0, 1, 2);
        assertThat(answer).containsExactly(104 + (51 - 102));
    }

    private static Moment moment(int call) {
        return new Moment(call, CALLS, 1000 - call);
    }

    private static Conditioning text() {
        return Conditioning.of(Map.of());
    }
}
