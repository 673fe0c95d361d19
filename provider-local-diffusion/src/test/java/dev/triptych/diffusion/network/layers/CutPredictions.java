package dev.triptych.diffusion.network.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.diffusion.engine.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** Predictions of a transformer whose first block can be computed alone. */
public final class CutPredictions {

    private CutPredictions() {}

    /** The prediction; its first block alone, with what all others add, must give the same. */
    public static float[] checked(Function<FirstBlock, Map<String, Tensor>> network) {
        float[] whole = values(network.apply(FirstBlock.WHOLE), FirstBlock.OUTPUT);
        Map<String, Tensor> told = network.apply(FirstBlock.TOLD);
        Map<String, Tensor> alone = network.apply(FirstBlock.alone(Objects.requireNonNull(told.get(FirstBlock.REST))));

        assertThat(difference(values(told, FirstBlock.OUTPUT), whole)).isLessThan(1e-5);
        assertThat(difference(values(alone, FirstBlock.OUTPUT), whole)).isLessThan(1e-5);
        assertThat(difference(values(alone, FirstBlock.ADDED), values(told, FirstBlock.ADDED)))
                .isLessThan(1e-5);
        assertThat(alone).doesNotContainKey(FirstBlock.REST);
        return whole;
    }

    private static float[] values(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name)).values();
    }

    /** The largest difference, relative to the largest expected value. */
    private static double difference(float[] actual, float[] expected) {
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        assertThat(largest).isPositive();
        return difference / largest;
    }
}
