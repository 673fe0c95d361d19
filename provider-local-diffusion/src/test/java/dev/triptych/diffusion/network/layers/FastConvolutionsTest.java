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
import dev.triptych.diffusion.weights.KernelWeight;
import dev.triptych.diffusion.weights.MemoryWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The forms of convolutions that are fast on a CPU against their definition, written out in plain Java. */
class FastConvolutionsTest {

    @ParameterizedTest(name = "{0} channels of {1} x {2}")
    @CsvSource({
        "256, 16, 18", // F(2×2, 3×3)
        "256, 64, 64", // F(4×4, 3×3)
        "256, 64, 66", // F(2×2, 3×3): 66 has no tiles of 4
        "256, 15, 18", // direct: 15 has no tiles of 2
        "8, 16, 16", // direct: few channels
    })
    void aConvolutionIsOneHoweverItIsComputed(int channels, int height, int width) {
        Case one = new Case(channels, 256, height, width, SessionProfile.STEADY, false);

        assertAgrees(one);
    }

    @ParameterizedTest
    @EnumSource(SessionProfile.class)
    void anEnlargedPictureNeedNotBeMade(SessionProfile profile) {
        assertAgrees(new Case(6, 5, 7, 4, profile, true));
    }

    @Test
    void kernelsAreTransformedInJavaAsWell() {
        KernelWeight.Form form = new KernelWeight.Form(
                "sums", List.of(List.of(1f, 1f, 0f, 0f), List.of(0f, 0f, 1f, 2f)), true, List.of(2L));
        Weight base = new MemoryWeight(
                "kernels", List.of(1L, 2L, 2L, 2L), "a test", "kernels", () -> new float[] {1, 2, 3, 4, 5, 6, 7, 8});

        KernelWeight outermost = new KernelWeight(base, form);
        KernelWeight innermost =
                new KernelWeight(base, new KernelWeight.Form("same", form.matrix(), false, List.of(2L)));

        assertThat(outermost.dims()).containsExactly(2L, 1L, 2L);
        assertThat(outermost.values()).containsExactly(3, 11, 11, 23);
        assertThat(innermost.dims()).containsExactly(1L, 2L, 2L);
        assertThat(innermost.values()).containsExactly(3, 11, 11, 23);
    }

    private static void assertAgrees(Case one) {
        try (Engine engine = new Engine(TestNetworks.options())) {
            float[] y = Objects.requireNonNull(
                            engine.run(one, Shape.none(), Map.of("x", one.x()), Set.of("y"), new Cancellation())
                                    .get("y"))
                    .values();
            int scale = one.doubles ? 2 : 1;
            float[] x = one.x().values();
            float[] kernels = one.kernels().values();
            for (int row : new int[] {0, 1, scale * one.height / 2, scale * one.height - 1}) {
                for (int column = 0; column < scale * one.width; column++) {
                    int channel = (row + column) % one.out;
                    int place = (channel * scale * one.height + row) * scale * one.width + column;
                    assertThat((double) y[place])
                            .as("channel %d, row %d, column %d", channel, row, column)
                            .isCloseTo(one.expected(x, kernels, channel, row, column), Offset.offset(2e-5));
                }
            }
        }
    }

    /** A network of one convolution, of kernels that keep the size of what they are fed with. */
    private record Case(int in, int out, int height, int width, SessionProfile profile, boolean doubles)
            implements Network {

        @Override
        public String label() {
            return "convolution";
        }

        @Override
        public String source() {
            return "a test";
        }

        @Override
        public String identity() {
            return toString();
        }

        @Override
        public ModelGraph graph(Shape shape) {
            Layers layers = new Layers(
                    "convolution", Weights.of(Map.of("c.weight", kernels(), "c.bias", bias()), "a test", "a test"));
            Value x = layers.input("x", ElementType.FLOAT, 1, in, height, width);
            layers.output(
                    "y",
                    doubles
                            ? layers.enlargedConvolution(x, "c", out, 2L * height, 2L * width)
                            : layers.convolution(x, "c", out, 3));
            return layers.finish();
        }

        Tensor x() {
            return new Tensor(new long[] {1, in, height, width}, normal(1, in * height * width, 1));
        }

        private Weight kernels() {
            return new MemoryWeight(
                    "c.weight",
                    List.of((long) out, (long) in, 3L, 3L),
                    "a test",
                    "kernels " + this,
                    () -> normal(2, out * in * 9, Math.sqrt(in * 9.0)));
        }

        private Weight bias() {
            return new MemoryWeight("c.bias", List.of((long) out), "a test", "bias " + this, () -> normal(3, out, 1));
        }

        /** The definition: a sum over channels, rows and columns of what lies around a place. */
        double expected(float[] x, float[] kernels, int channel, int row, int column) {
            int scale = doubles ? 2 : 1;
            double sum = bias().values()[channel];
            for (int c = 0; c < in; c++) {
                for (int i = 0; i < 9; i++) {
                    int sourceRow = row + i / 3 - 1;
                    int sourceColumn = column + i % 3 - 1;
                    boolean isInside = sourceRow >= 0
                            && sourceRow < scale * height
                            && sourceColumn >= 0
                            && sourceColumn < scale * width;
                    if (isInside) {
                        sum += (double) kernels[(channel * in + c) * 9 + i]
                                * x[(c * height + sourceRow / scale) * width + sourceColumn / scale];
                    }
                }
            }
            return sum;
        }

        private static float[] normal(int seed, int length, double divisor) {
            Random random = new Random(seed);
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = (float) (random.nextGaussian() / divisor);
            }
            return values;
        }
    }
}
