package dev.triptych.diffusion.network.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.IntegerCache;
import dev.triptych.diffusion.weights.IntegerRule;
import dev.triptych.diffusion.weights.IntegerWeight;
import dev.triptych.diffusion.weights.MemoryWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Layers in 8-bit integers against their definition in plain Java. Values and weights are whole numbers that their
 * ranges have room for, so that nothing is rounded, and results must be equal.
 */
class IntegerLayersTest {

    private static final Engine ENGINE = new Engine(TestNetworks.options());

    @TempDir
    Path folder;

    @BeforeAll
    static void assumeProductsAreExact() {
        assumeTrue(ENGINE.integerObstacle().isEmpty(), "this processor has no exact products of 8-bit integers");
    }

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    @ParameterizedTest(name = "{0} tokens, {1}")
    @CsvSource({"3, PRODUCT", "700, PRODUCT", "3, STORED"})
    void aMatrixIsAMatrix(int tokens, IntegerWeight.Use use) {
        float[] x = values(tokens * 5, tokens < 512 ? 127 : 255, 5);
        float[] w = values(6 * 5, 127, 5);
        float[] bias = {1, 2, 3, 4, 5, 6};

        float[] y = run(
                new long[] {1, tokens, 5},
                x,
                Map.of("m.weight", weight("m.weight", w, 6, 5), "m.bias", weight("m.bias", bias, 6)),
                new IntegerRule.Plan(use, List.of(2L, 4L)),
                (layers, in) -> layers.linear(in, "m", 6));

        for (int token = 0; token < tokens; token++) {
            for (int out = 0; out < 6; out++) {
                float expected = bias[out];
                for (int i = 0; i < 5; i++) {
                    expected += x[token * 5 + i] * w[out * 5 + i];
                }
                assertThat(y[token * 6 + out]).isEqualTo(expected);
            }
        }
    }

    @Test
    void aPieceOfAMatrixIsAMatrix() {
        float[] w = values(6 * 5, 127, 5);
        float[] x = values(5, 127, 5);

        float[] y = run(
                new long[] {1, 1, 5},
                x,
                Map.of("m.weight", weight("m.weight", w, 6, 5)),
                new IntegerRule.Plan(IntegerWeight.Use.PRODUCT, List.of(2L, 4L)),
                (layers, in) -> layers.matrixRows(in, "m", 6, 2, 4));

        for (int out = 0; out < 4; out++) {
            float expected = 0;
            for (int i = 0; i < 5; i++) {
                expected += x[i] * w[(2 + out) * 5 + i];
            }
            assertThat(y[out]).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}² kernels, a result each {1} pixels, {2} zeros before and {3} behind")
    @CsvSource({"3, 1, 1, 1", "3, 2, 1, 1", "3, 2, 0, 1", "1, 1, 0, 0", "1, 2, 0, 0"})
    void aConvolutionIsAConvolution(int kernel, int stride, int before, int behind) {
        Picture picture = new Picture(values(3 * 6 * 7, 255, 3 * 6 * 7), 3, 6, 7);
        float[] w = values(4 * 3 * kernel * kernel, 127, 3 * kernel * kernel);

        float[] y = run(
                new long[] {1, 3, 6, 7},
                picture.values(),
                kernels(w, kernel),
                IntegerRule.Plan.whole(IntegerWeight.Use.PRODUCT, List.of(4L)),
                (layers, x) -> layers.convolution(x, "c", 4, kernel, stride, before, before, behind, behind));

        assertThat(y).containsExactly(picture.convolved(w, kernel, stride, before, behind));
    }

    @ParameterizedTest(name = "{0} x {1}")
    @CsvSource({"12, 14", "11, 13"})
    void anEnlargedPictureIsConvolved(int height, int width) {
        Picture picture = new Picture(values(3 * 6 * 7, 255, 3 * 6 * 7), 3, 6, 7);
        float[] w = values(4 * 3 * 9, 127, 3 * 9);

        float[] y = run(
                new long[] {1, 3, 6, 7},
                picture.values(),
                kernels(w, 3),
                IntegerRule.Plan.whole(IntegerWeight.Use.PRODUCT, List.of(4L)),
                (layers, x) -> layers.enlargedConvolution(x, "c", 4, height, width));

        assertThat(y).containsExactly(picture.enlarged(height, width).convolved(w, 3, 1, 1, 1));
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Picture(float[] values, int channels, int height, int width) {

        float at(int channel, int row, int column) {
            boolean isInside = row >= 0 && row < height && column >= 0 && column < width;
            return isInside ? values[(channel * height + row) * width + column] : 0;
        }

        Picture enlarged(int toHeight, int toWidth) {
            float[] large = new float[channels * toHeight * toWidth];
            for (int i = 0; i < large.length; i++) {
                int row = i / toWidth % toHeight * height / toHeight;
                large[i] = at(i / toWidth / toHeight, row, i % toWidth * width / toWidth);
            }
            return new Picture(large, channels, toHeight, toWidth);
        }

        /** With four kernels, and 1 to 4 added. */
        float[] convolved(float[] kernels, int kernel, int stride, int before, int behind) {
            int rows = (height + before + behind - kernel) / stride + 1;
            int columns = (width + before + behind - kernel) / stride + 1;
            float[] y = new float[4 * rows * columns];
            for (int i = 0; i < y.length; i++) {
                int out = i / columns / rows;
                y[i] = out + 1;
                for (int j = 0; j < channels * kernel * kernel; j++) {
                    int row = i / columns % rows * stride - before + j / kernel % kernel;
                    int column = i % columns * stride - before + j % kernel;
                    y[i] += kernels[out * channels * kernel * kernel + j] * at(j / kernel / kernel, row, column);
                }
            }
            return y;
        }
    }

    private static Map<String, Weight> kernels(float[] values, int kernel) {
        return Map.of(
                "c.weight",
                weight("c.weight", values, 4, 3, kernel, kernel),
                "c.bias",
                weight("c.bias", new float[] {1, 2, 3, 4}, 4));
    }

    /** Whole numbers from 0, or of weights and few tokens from −127; each of a row has the largest once. */
    private static float[] values(int count, int most, int row) {
        Random random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i % row == 0 ? most : most == 255 ? random.nextInt(256) : random.nextInt(255) - 127;
        }
        return values;
    }

    private static Weight weight(String name, float[] values, long... dims) {
        return new MemoryWeight(
                name, Arrays.stream(dims).boxed().toList(), "a test", name + Arrays.hashCode(values), values::clone);
    }

    private float[] run(
            long[] dims,
            float[] x,
            Map<String, Weight> weights,
            IntegerRule.Plan plan,
            BiFunction<Layers, Value, Value> layer) {
        IntegerRule rule = new IntegerRule() {
            @Override
            public String id() {
                return "test";
            }

            @Override
            public Optional<Plan> plan(String name, List<Long> shape) {
                return name.endsWith(".weight") ? Optional.of(plan) : Optional.empty();
            }
        };
        String source = folder.resolve("weights").toString();
        Weights integers = new IntegerCache(folder)
                .over(Weights.of(new LinkedHashMap<>(weights), source, weights.toString()), rule);
        Network network = new OneLayer(integers, dims, layer);
        return Objects.requireNonNull(ENGINE.run(
                                network,
                                Shape.none(),
                                Map.of("x", new Tensor(dims, x)),
                                Set.of("y"),
                                new Cancellation())
                        .get("y"))
                .values();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record OneLayer(Weights weights, long[] dims, BiFunction<Layers, Value, Value> layer) implements Network {

        @Override
        public String label() {
            return "layer";
        }

        @Override
        public String source() {
            return "a test";
        }

        @Override
        public String identity() {
            return weights.source();
        }

        @Override
        public SessionProfile profile() {
            return SessionProfile.STEADY;
        }

        @Override
        public ModelGraph graph(Shape shape) {
            Layers layers = new Layers("layer", weights);
            layers.output("y", layer.apply(layers, layers.input("x", ElementType.FLOAT, dims)));
            return layers.finish();
        }
    }
}
