package dev.triptych.diffusion.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Denoiser.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FirstBlockCacheTest {

    private final List<String> calls = new ArrayList<>();

    /** Its first block adds what it is shown, all others add ten times the call. */
    private final FirstBlockDenoiser network = new FirstBlockDenoiser() {
        @Override
        public Whole whole(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
            calls.add("whole " + moment.call());
            float rest = 10 * moment.call();
            return new Whole(new float[] {rest}, input, new Tensor(new long[] {1}, new float[] {rest}));
        }

        @Override
        public Started started(
                Tensor rest, float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
            calls.add("first " + moment.call());
            return new Started(rest.values(), input);
        }
    };

    @Test
    void leavesTheOthersOutWhileTheFirstBlockAddsNearlyTheSame() {
        List<Float> predictions =
                predictions(0.1, new float[] {1, -1}, new float[] {1.09f, -1.09f}, new float[] {1, -0.92f});

        assertThat(predictions).containsExactly(10f, 10f, 10f);
        assertThat(calls).containsExactly("whole 1", "first 2", "first 3");
    }

    @Test
    void comparesWithTheLastStepThatWasComputedWhole() {
        List<Float> predictions = predictions(
                0.1, new float[] {1, 1}, new float[] {1.09f, 1.09f}, new float[] {1.18f, 1.18f}, new float[] {1.2f, 1.2f
                });

        assertThat(predictions).containsExactly(10f, 10f, 30f, 30f);
        assertThat(calls).containsExactly("whole 1", "first 2", "first 3", "whole 3", "first 4");
    }

    @Test
    void computesAllWhereTheFirstBlockAddedNothing() {
        assertThat(predictions(0.1, new float[] {0}, new float[] {0})).containsExactly(10f, 20f);
    }

    private List<Float> predictions(double threshold, float[]... inputs) {
        Denoiser cache = new FirstBlockCache(network, threshold);
        List<Float> predictions = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            Moment moment = new Moment(i + 1, 9, 500);
            predictions.add(cache.predict(inputs[i], moment, Conditioning.of(Map.of()), new Cancellation())[0]);
        }
        return predictions;
    }
}
