package dev.triptych.diffusion.network.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.MemoryWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What transformers are made of, against its definition, written out in plain Java. */
class TransformerLayersTest {

    private static final int TOKENS = 5;
    private static final int HEADS = 2;
    private static final int HEAD = 8;
    private static final int CHANNELS = HEADS * HEAD;
    private static final float EPSILON = 1e-6f;
    private static final Offset<Double> ROUNDING = Offset.offset(2e-6);

    private final Random random = new Random(3);
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Map<String, Tensor> feeds = new HashMap<>();

    @Test
    void rootMeanSquareNormsEachHead() {
        float[] scale = weight("norm.weight", HEAD);
        Layers layers = layers();
        Value x = input(layers, "x", TOKENS, CHANNELS);
        layers.output("y", RmsNorm.ofHeads(layers, x, "norm.weight", HEADS, EPSILON));

        float[] y = run(layers);

        float[] from = fed("x");
        for (int at = 0; at < y.length; at++) {
            int begin = at / HEAD * HEAD;
            double squares = 0;
            for (int i = begin; i < begin + HEAD; i++) {
                squares += from[i] * from[i];
            }
            double expected = from[at] / Math.sqrt(squares / HEAD + EPSILON) * scale[at % HEAD];
            assertThat((double) y[at]).isCloseTo(expected, ROUNDING);
        }
    }

    @ParameterizedTest
    @EnumSource(Rotary.Pairs.class)
    void rotationTurnsPairsByTheirPositions(Rotary.Pairs pairs) {
        List<int[]> positions =
                List.of(new int[] {0, 0}, new int[] {0, 1}, new int[] {3, 0}, new int[] {2, 5}, new int[] {9, 9});
        RotaryTable table = RotaryTable.of(positions, List.of(2, 6), 100, RotaryTable.Precision.DOUBLE);
        Layers layers = layers();
        Value x = input(layers, "x", TOKENS, CHANNELS);
        Value cosines = layers.input("cosines", ElementType.FLOAT, TOKENS, HEAD / 2);
        Value sines = layers.input("sines", ElementType.FLOAT, TOKENS, HEAD / 2);
        feeds.put("cosines", table.cosines());
        feeds.put("sines", table.sines());
        layers.output("y", Rotary.turned(layers, x, cosines, sines, pairs));

        float[] y = run(layers);

        double[] frequencies = {1, 1, Math.pow(100, -1.0 / 3), Math.pow(100, -2.0 / 3)};
        float[] from = fed("x");
        for (int token = 0; token < TOKENS; token++) {
            for (int head = 0; head < HEADS; head++) {
                for (int k = 0; k < HEAD / 2; k++) {
                    double angle = positions.get(token)[k == 0 ? 0 : 1] * frequencies[k];
                    int begin = token * CHANNELS + head * HEAD;
                    int first = begin + (pairs == Rotary.Pairs.NEIGHBOURS ? 2 * k : k);
                    int second = pairs == Rotary.Pairs.NEIGHBOURS ? first + 1 : first + HEAD / 2;
                    assertThat((double) y[first])
                            .isCloseTo(from[first] * Math.cos(angle) - from[second] * Math.sin(angle), ROUNDING);
                    assertThat((double) y[second])
                            .isCloseTo(from[second] * Math.cos(angle) + from[first] * Math.sin(angle), ROUNDING);
                }
            }
        }
    }

    @Test
    void modulationScalesAndShiftsWhatIsNormalised() {
        float[] matrix = weight("linear.weight", 2 * CHANNELS, 3);
        float[] bias = weight("linear.bias", 2 * CHANNELS);
        Layers layers = layers();
        Value x = input(layers, "x", TOKENS, CHANNELS);
        Value conditioning = layers.input("c", ElementType.FLOAT, 1, 3);
        feeds.put("c", new Tensor(new long[] {1, 3}, new float[] {0.5f, -1, 2}));
        List<Value> vectors = Modulation.vectors(layers, conditioning, "linear", 2, CHANNELS);
        layers.output("y", Modulation.norm(layers, x, vectors.get(0), vectors.get(1), EPSILON));

        float[] y = run(layers);

        float[] from = fed("x");
        for (int at = 0; at < y.length; at++) {
            int begin = at / CHANNELS * CHANNELS;
            double mean = 0;
            double squares = 0;
            for (int i = begin; i < begin + CHANNELS; i++) {
                mean += from[i] / CHANNELS;
            }
            for (int i = begin; i < begin + CHANNELS; i++) {
                squares += (from[i] - mean) * (from[i] - mean) / CHANNELS;
            }
            double shift = product(matrix, bias, at % CHANNELS);
            double scale = product(matrix, bias, CHANNELS + at % CHANNELS);
            double expected = (from[at] - mean) / Math.sqrt(squares + EPSILON) * (1 + scale) + shift;
            assertThat((double) y[at]).isCloseTo(expected, Offset.offset(1e-5));
        }
    }

    private static double product(float[] matrix, float[] bias, int row) {
        return matrix[3 * row] * 0.5 - matrix[3 * row + 1] + matrix[3 * row + 2] * 2 + bias[row];
    }

    @Test
    void aGatedNetworkMultipliesTwoMatrices() {
        float[] gate = weight("gate.weight", 3, CHANNELS);
        float[] up = weight("up.weight", 3, CHANNELS);
        float[] down = weight("down.weight", CHANNELS, 3);
        Layers layers = layers();
        Value x = input(layers, "x", TOKENS, CHANNELS);
        layers.output("y", FeedForward.gated(layers, x, "silu", "gate", "up", "down", 3));

        float[] y = run(layers);

        float[] from = fed("x");
        for (int at = 0; at < y.length; at++) {
            double expected = 0;
            for (int hidden = 0; hidden < 3; hidden++) {
                double gated = dot(from, at / CHANNELS, gate, hidden);
                double silu = gated / (1 + Math.exp(-gated));
                expected += down[at % CHANNELS * 3 + hidden] * silu * dot(from, at / CHANNELS, up, hidden);
            }
            assertThat((double) y[at]).isCloseTo(expected, Offset.offset(1e-5));
        }
    }

    private static double dot(float[] x, int token, float[] matrix, int row) {
        double sum = 0;
        for (int i = 0; i < CHANNELS; i++) {
            sum += x[token * CHANNELS + i] * matrix[row * CHANNELS + i];
        }
        return sum;
    }

    @Test
    void fewerHeadsOfKeysServeSeveralOfQueries() {
        Layers layers = layers();
        Value q = input(layers, "q", TOKENS, CHANNELS);
        Value k = input(layers, "k", 3, HEAD);
        Value v = input(layers, "v", 3, HEAD);
        Value bias = input(layers, "bias", TOKENS, 3);
        layers.output("y", Attention.biased(layers, q, k, v, HEADS, 1, 0.5f, layers.reshape(bias, 1, 1, TOKENS, 3)));

        float[] y = run(layers);

        for (int at = 0; at < y.length; at++) {
            int query = at / HEAD * HEAD;
            double sum = 0;
            double value = 0;
            for (int key = 0; key < 3; key++) {
                double score = fed("bias")[at / CHANNELS * 3 + key];
                for (int i = 0; i < HEAD; i++) {
                    score += 0.5 * fed("q")[query + i] * fed("k")[key * HEAD + i];
                }
                sum += Math.exp(score);
                value += Math.exp(score) * fed("v")[key * HEAD + at % HEAD];
            }
            assertThat((double) y[at]).isCloseTo(value / sum, Offset.offset(1e-5));
        }
    }

    @Test
    void weightsOfAttentionAreTheMeanOfItsHeads() {
        Layers layers = layers();
        Value q = input(layers, "q", TOKENS, CHANNELS);
        Value k = input(layers, "k", 3, CHANNELS);
        layers.output("y", Attention.weights(layers, q, k, HEADS));

        float[] y = run(layers);

        for (int query = 0; query < TOKENS; query++) {
            double[] mean = new double[3];
            for (int head = 0; head < HEADS; head++) {
                double[] weights = new double[3];
                double sum = 0;
                for (int key = 0; key < 3; key++) {
                    double score = 0;
                    for (int i = head * HEAD; i < (head + 1) * HEAD; i++) {
                        score += fed("q")[query * CHANNELS + i] * fed("k")[key * CHANNELS + i];
                    }
                    weights[key] = Math.exp(score / Math.sqrt(HEAD));
                    sum += weights[key];
                }
                for (int key = 0; key < 3; key++) {
                    mean[key] += weights[key] / sum / HEADS;
                }
            }
            for (int key = 0; key < 3; key++) {
                assertThat((double) y[query * 3 + key]).isCloseTo(mean[key], ROUNDING);
            }
        }
    }

    private Layers layers() {
        return new Layers(
                "test", Weights.of(weights, Path.of("memory").toAbsolutePath().toString(), "memory"));
    }

    private float[] weight(String name, long... shape) {
        float[] values = values(Weight.elements(Weight.list(shape)));
        weights.put(name, new MemoryWeight(name, Weight.list(shape), "memory", name, values::clone));
        return values;
    }

    private Value input(Layers layers, String name, long rows, long width) {
        feeds.put(name, new Tensor(new long[] {1, rows, width}, values(rows * width)));
        return layers.input(name, ElementType.FLOAT, 1, rows, width);
    }

    private float[] values(long count) {
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private float[] fed(String name) {
        return Objects.requireNonNull(feeds.get(name)).values();
    }

    private float[] run(Layers layers) {
        ModelGraph graph = layers.finish();
        try (Engine engine = new Engine(TestNetworks.options())) {
            return Objects.requireNonNull(
                            engine.run(new Built(graph), Shape.none(), feeds, Set.of("y"), new Cancellation())
                                    .get("y"))
                    .values();
        }
    }

    private record Built(ModelGraph graph) implements Network {

        @Override
        public String label() {
            return "layers";
        }

        @Override
        public String source() {
            return "memory";
        }

        @Override
        public String identity() {
            return "layers";
        }

        @Override
        public SessionProfile profile() {
            return SessionProfile.MOMENTARY;
        }

        @Override
        public ModelGraph graph(Shape shape) {
            return graph;
        }
    }
}
