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
import dev.triptych.diffusion.weights.BlockFormat;
import dev.triptych.diffusion.weights.GgufWriter;
import dev.triptych.diffusion.weights.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products with matrices in quantised blocks against the sum over their values. */
class QuantisedBlocksTest {

    private static final int ROWS = 48;
    private static final int COLUMNS = 512;
    private static final int TOKENS = 5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(BlockFormat.class)
    void aProductIsThatWithTheWidenedMatrix(BlockFormat format) {
        Weights weights = matrix(format);
        float[] x = random(TOKENS * COLUMNS);

        float[] y = run(weights, x, layers -> {
            Value input = layers.input("x", ElementType.FLOAT, 1, TOKENS, COLUMNS);
            return layers.matrix(input, "w", ROWS);
        });

        assertThat(y).hasSize(TOKENS * ROWS);
        assertIsProduct(y, x, weights.require("w.weight", ROWS, COLUMNS).values(), 0, ROWS);
    }

    @ParameterizedTest
    @EnumSource(
            value = BlockFormat.class,
            names = {"Q8_0", "Q4_0", "Q4_K"})
    void rowsAreAProductOfTheirOwn(BlockFormat format) {
        Weights weights = matrix(format);
        float[] x = random(TOKENS * COLUMNS);

        float[] y = run(weights, x, layers -> {
            Value input = layers.input("x", ElementType.FLOAT, 1, TOKENS, COLUMNS);
            return layers.linearRows(input, "w", ROWS, 16, 32);
        });

        assertIsProduct(y, x, weights.require("w.weight", ROWS, COLUMNS).values(), 16, 32);
    }

    @Test
    void rowsOfATableAreLookedUpToTheLastBit() {
        Weights weights = matrix(BlockFormat.Q8_0);
        float[] table = weights.require("w.weight", ROWS, COLUMNS).values();

        float[] y = run(weights, new float[] {3, 47, 0}, layers -> {
            Value ids = layers.input("x", ElementType.INT64, 1, 3);
            return layers.weights().lookup("w.weight", ids, ROWS, COLUMNS);
        });

        for (int i = 0; i < 3; i++) {
            int row = new int[] {3, 47, 0}[i];
            for (int column = 0; column < COLUMNS; column++) {
                assertThat(y[i * COLUMNS + column]).isEqualTo(table[row * COLUMNS + column]);
            }
        }
    }

    private static void assertIsProduct(float[] y, float[] x, float[] w, int first, int count) {
        for (int token = 0; token < TOKENS; token++) {
            for (int row = 0; row < count; row++) {
                double sum = 0;
                double size = 0;
                for (int k = 0; k < COLUMNS; k++) {
                    double product = (double) x[token * COLUMNS + k] * w[(first + row) * COLUMNS + k];
                    sum += product;
                    size += Math.abs(product);
                }
                assertThat((double) y[token * count + row]).isCloseTo(sum, Offset.offset(1e-6 * size));
            }
        }
    }

    private Weights matrix(BlockFormat format) {
        int blocks = ROWS * COLUMNS / format.elements();
        ByteBuffer bytes = ByteBuffer.allocate(blocks * format.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        Random random = new Random(format.number());
        random.nextBytes(bytes.array());
        for (int block = 0; block < blocks; block++) { // scales that a model has
            for (int at : format.halves()) {
                bytes.putShort(block * format.bytes() + at, (short) (0x2000 + random.nextInt(0x800)));
            }
        }
        Path file = new GgufWriter()
                .tensor("w.weight", format.number(), bytes.array(), ROWS, COLUMNS)
                .floats("w.bias", new float[ROWS], ROWS)
                .write(folder.resolve(format + ".gguf"));
        return Weights.open(List.of(file), file.toString());
    }

    private static float[] random(int length) {
        Random random = new Random(7);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** A network of one layer. */
    private interface Layer {
        Value of(Layers layers);
    }

    private static float[] run(Weights weights, float[] x, Layer layer) {
        Network network = new Network() {
            @Override
            public String label() {
                return "layer";
            }

            @Override
            public String source() {
                return weights.source();
            }

            @Override
            public String identity() {
                return weights.identity();
            }

            @Override
            public SessionProfile profile() {
                return SessionProfile.STEADY;
            }

            @Override
            public ModelGraph graph(Shape shape) {
                Layers layers = new Layers("layer", weights);
                layers.output("y", layer.of(layers));
                return layers.finish();
            }
        };
        try (Engine engine = new Engine(TestNetworks.options())) {
            long[] shape = x.length == 3 ? new long[] {1, 3} : new long[] {1, TOKENS, COLUMNS};
            Map<String, Tensor> outputs = engine.run(
                    network, Shape.none(), Map.of("x", new Tensor(shape, x)), Set.of("y"), new Cancellation());
            return Objects.requireNonNull(outputs.get("y")).values();
        }
    }
}
