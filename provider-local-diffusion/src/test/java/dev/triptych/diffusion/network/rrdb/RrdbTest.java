package dev.triptych.diffusion.network.rrdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small network of random weights, against the same computed by loops from the paper's figure 4 and BasicSR. */
class RrdbTest {

    private static final int CHANNELS = 4;
    private static final int GROWTH = 3;
    private static final int HEIGHT = 4;
    private static final int WIDTH = 6;

    @TempDir
    Path temp;

    @Test
    void agreesWithPlainLoopsAtEachScale() {
        for (int fold : new int[] {1, 2, 4}) {
            Map<String, float[]> weights = weights(3 * fold * fold);
            Rrdb network = Rrdb.open(file(weights, 3 * fold * fold, name -> name));
            float[] pixels = random(new Random(9), 3 * HEIGHT * fold * WIDTH * fold);
            Tensor input = new Tensor(new long[] {1, 3, HEIGHT * (long) fold, WIDTH * (long) fold}, pixels);

            try (Engine engine = new Engine(TestNetworks.options())) {
                float[] made = network.enlarge(engine, input, new Cancellation());

                assertThat(network.scale()).isEqualTo(4 / fold);
                assertClose(made, plain(weights, folded(pixels, fold)));
            }
        }
    }

    @Test
    void theFirstEsrgansNamesMeanTheSame() {
        Map<String, float[]> weights = weights(3);
        Rrdb network = Rrdb.open(file(weights, 3, RrdbTest::old));
        float[] pixels = random(new Random(9), 3 * HEIGHT * WIDTH);

        try (Engine engine = new Engine(TestNetworks.options())) {
            Tensor input = new Tensor(new long[] {1, 3, HEIGHT, WIDTH}, pixels);
            assertClose(network.enlarge(engine, input, new Cancellation()), plain(weights, pixels));
        }
    }

    @Test
    void anotherKindOfUpscalerIsNamed() {
        Path file = temp.resolve("compact.safetensors");
        new SafetensorsWriter()
                .add("body.0.weight", Dtype.F32, new byte[4], 1, 1, 1, 1)
                .write(file);

        assertThatThrownBy(() -> Rrdb.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " must be an upscaler of the kind RRDBNet (ESRGAN, Real-ESRGAN) but is an"
                        + " SRVGGNetCompact, which is not supported");
    }

    private static String old(String name) {
        if (name.startsWith("body.")) {
            String[] words = name.split("\\.", 5);
            return "model.1.sub." + words[1] + ".RDB" + words[2].charAt(3) + "." + words[3] + ".0." + words[4];
        }
        return name.replace("conv_first", "model.0")
                .replace("conv_body", "model.1.sub.1")
                .replace("conv_up1", "model.3")
                .replace("conv_up2", "model.6")
                .replace("conv_hr", "model.8")
                .replace("conv_last", "model.10");
    }

    /** Each layer's name, inputs and outputs. */
    private static Map<String, int[]> layers(int inputs) {
        Map<String, int[]> layers = new LinkedHashMap<>();
        layers.put("conv_first", new int[] {inputs, CHANNELS});
        for (int rdb = 1; rdb <= 3; rdb++) {
            for (int conv = 1; conv <= 5; conv++) {
                layers.put(
                        "body.0.rdb" + rdb + ".conv" + conv,
                        new int[] {CHANNELS + (conv - 1) * GROWTH, conv < 5 ? GROWTH : CHANNELS});
            }
        }
        for (String name : List.of("conv_body", "conv_up1", "conv_up2", "conv_hr")) {
            layers.put(name, new int[] {CHANNELS, CHANNELS});
        }
        layers.put("conv_last", new int[] {CHANNELS, 3});
        return layers;
    }

    private static Map<String, float[]> weights(int inputs) {
        Random random = new Random(5);
        Map<String, float[]> weights = new LinkedHashMap<>();
        layers(inputs).forEach((name, sizes) -> {
            weights.put(name + ".weight", random(random, sizes[1] * sizes[0] * 9));
            weights.put(name + ".bias", random(random, sizes[1]));
        });
        return weights;
    }

    private Path file(Map<String, float[]> weights, int inputs, UnaryOperator<String> names) {
        SafetensorsWriter writer = new SafetensorsWriter();
        layers(inputs).forEach((name, sizes) -> {
            writer.add(
                    names.apply(name + ".weight"),
                    Dtype.F32,
                    bytes(Objects.requireNonNull(weights.get(name + ".weight"))),
                    sizes[1],
                    sizes[0],
                    3,
                    3);
            writer.add(
                    names.apply(name + ".bias"),
                    Dtype.F32,
                    bytes(Objects.requireNonNull(weights.get(name + ".bias"))),
                    sizes[1]);
        });
        Path file = temp.resolve("x" + inputs + ".safetensors");
        writer.write(file);
        return file;
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private static float[] random(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    /** BasicSR's pixel_unshuffle: channel c · f² + dy · f + dx. */
    private static float[] folded(float[] pixels, int fold) {
        int width = WIDTH * fold;
        float[] folded = new float[pixels.length];
        int to = 0;
        for (int c = 0; c < 3; c++) {
            for (int dy = 0; dy < fold; dy++) {
                for (int dx = 0; dx < fold; dx++) {
                    for (int y = 0; y < HEIGHT; y++) {
                        for (int x = 0; x < WIDTH; x++) {
                            folded[to++] = pixels[(c * HEIGHT * fold + y * fold + dy) * width + x * fold + dx];
                        }
                    }
                }
            }
        }
        return folded;
    }

    private static float[] plain(Map<String, float[]> weights, float[] input) {
        float[] first = convolution(weights, "conv_first", input, HEIGHT, WIDTH);
        float[] x = first;
        for (int rdb = 1; rdb <= 3; rdb++) {
            List<float[]> seen = new ArrayList<>(List.of(x));
            for (int conv = 1; conv <= 4; conv++) {
                float[] made = convolution(weights, "body.0.rdb" + rdb + ".conv" + conv, joined(seen), HEIGHT, WIDTH);
                seen.add(leaky(made));
            }
            x = sum(convolution(weights, "body.0.rdb" + rdb + ".conv5", joined(seen), HEIGHT, WIDTH), x);
        }
        x = sum(x, first);
        x = convolution(weights, "conv_body", x, HEIGHT, WIDTH);
        for (int i = 0; i < x.length; i++) {
            x[i] += first[i];
        }
        x = leaky(convolution(weights, "conv_up1", twice(x, HEIGHT, WIDTH), 2 * HEIGHT, 2 * WIDTH));
        x = leaky(convolution(weights, "conv_up2", twice(x, 2 * HEIGHT, 2 * WIDTH), 4 * HEIGHT, 4 * WIDTH));
        x = leaky(convolution(weights, "conv_hr", x, 4 * HEIGHT, 4 * WIDTH));
        return convolution(weights, "conv_last", x, 4 * HEIGHT, 4 * WIDTH);
    }

    /** 0.2 · a + b. */
    private static float[] sum(float[] a, float[] b) {
        float[] sum = new float[a.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = 0.2f * a[i] + b[i];
        }
        return sum;
    }

    private static float[] leaky(float[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] = x[i] < 0 ? 0.2f * x[i] : x[i];
        }
        return x;
    }

    private static float[] joined(List<float[]> parts) {
        float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int to = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, to, part.length);
            to += part.length;
        }
        return all;
    }

    private static float[] twice(float[] x, int height, int width) {
        int channels = x.length / (height * width);
        float[] large = new float[4 * x.length];
        for (int i = 0; i < large.length; i++) {
            int column = i % (2 * width);
            int row = i / (2 * width) % (2 * height);
            large[i] = x[(i / (4 * width * height) % channels * height + row / 2) * width + column / 2];
        }
        return large;
    }

    private static float[] convolution(Map<String, float[]> weights, String name, float[] x, int height, int width) {
        float[] weight = Objects.requireNonNull(weights.get(name + ".weight"));
        float[] bias = Objects.requireNonNull(weights.get(name + ".bias"));
        int inputs = x.length / (height * width);
        float[] out = new float[bias.length * height * width];
        for (int o = 0; o < bias.length; o++) {
            for (int row = 0; row < height; row++) {
                for (int column = 0; column < width; column++) {
                    double sum = bias[o];
                    for (int i = 0; i < inputs; i++) {
                        for (int k = 0; k < 9; k++) {
                            int r = row + k / 3 - 1;
                            int c = column + k % 3 - 1;
                            if (r >= 0 && r < height && c >= 0 && c < width) {
                                sum += weight[(o * inputs + i) * 9 + k] * x[(i * height + r) * width + c];
                            }
                        }
                    }
                    out[(o * height + row) * width + column] = (float) sum;
                }
            }
        }
        return out;
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertThat(difference / largest).isLessThan(1e-5);
    }
}
