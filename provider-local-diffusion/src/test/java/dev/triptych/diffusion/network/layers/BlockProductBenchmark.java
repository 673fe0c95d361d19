package dev.triptych.diffusion.network.layers;

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
import dev.triptych.diffusion.weights.QuantisedWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Measures products with quantised matrices of a transformer's true size, fed in blocks and widened: seconds to load
 * and to run, and memory. A program, not a test:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.network.layers.BlockProductBenchmark FOLDER FORMAT blocks|widened [LAYERS [TOKENS…]]
 * </pre>
 *
 * FOLDER gets the matrices, [3072, 3072] each, if they are not there yet; FORMAT is one of a GGUF file's or F32. One
 * process measures one form, so that memory is its own.
 */
final class BlockProductBenchmark {

    private static final int WIDTH = 3072;

    private BlockProductBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        String format = arguments[1];
        int layers = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 24;
        Path file = Path.of(arguments[0]).toAbsolutePath().resolve(format + "-" + layers + ".gguf");
        if (!Files.exists(file)) {
            write(file, format, layers);
        }
        Weights weights = Weights.open(List.of(file), file.toString());
        Weights used = arguments[2].equals("widened") ? widened(weights) : weights;
        System.out.printf(Locale.ROOT, "%s %s: file %d MB%n", format, arguments[2], Files.size(file) >> 20);
        try (Engine engine = new Engine(TestNetworks.options())) {
            String[] tokens = arguments.length > 4
                    ? java.util.Arrays.copyOfRange(arguments, 4, arguments.length)
                    : new String[] {"1024", "77", "1"};
            for (String count : tokens) {
                measure(engine, chain(used, layers, Integer.parseInt(count)), Integer.parseInt(count));
            }
        }
    }

    private static void measure(Engine engine, Network network, int tokens) {
        long start = System.nanoTime();
        engine.prepare(network, Shape.none(), new Cancellation());
        report("load", start);
        memory();
        Tensor x = new Tensor(new long[] {1, tokens, WIDTH}, normal(tokens * WIDTH));
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            start = System.nanoTime();
            engine.run(network, Shape.none(), Map.of("x", x), Set.of("y"), new Cancellation());
            best = Math.min(best, (System.nanoTime() - start) / 1e9);
        }
        System.out.printf(Locale.ROOT, "%d tokens: %.4f s best of 5%n", tokens, best);
        memory();
    }

    private static Network chain(Weights weights, int count, int tokens) {
        return new Network() {
            @Override
            public String label() {
                return "chain";
            }

            @Override
            public String source() {
                return weights.source();
            }

            @Override
            public String identity() {
                return weights.identity() + tokens;
            }

            @Override
            public SessionProfile profile() {
                return SessionProfile.STEADY;
            }

            @Override
            public ModelGraph graph(Shape shape) {
                Layers layers = new Layers("chain", weights);
                Value x = layers.input("x", ElementType.FLOAT, 1, tokens, WIDTH);
                for (int i = 0; i < count; i++) {
                    x = layers.matrix(x, "layer" + i, WIDTH);
                }
                layers.output("y", x);
                return layers.finish();
            }
        };
    }

    private static Weights widened(Weights weights) {
        Map<String, Weight> all = new LinkedHashMap<>();
        for (String name : weights.names()) {
            Weight weight = weights.require(name, WIDTH, WIDTH);
            all.put(name, weight instanceof QuantisedWeight quantised ? quantised.widened() : weight);
        }
        return Weights.of(all, weights.source(), weights.identity());
    }

    private static void write(Path file, String format, int layers) {
        GgufWriter writer = new GgufWriter();
        for (int layer = 0; layer < layers; layer++) {
            if (format.equals("F32")) {
                float[] values = normal(WIDTH * WIDTH);
                for (int i = 0; i < values.length; i++) {
                    values[i] /= (float) Math.sqrt(WIDTH);
                }
                writer.floats("layer" + layer + ".weight", values, WIDTH, WIDTH);
            } else {
                BlockFormat blocks = BlockFormat.valueOf(format);
                writer.tensor("layer" + layer + ".weight", blocks.number(), random(blocks, layer), WIDTH, WIDTH);
            }
        }
        writer.write(file);
    }

    /** Random blocks; scales such that a product keeps about the size of what it is given. */
    private static byte[] random(BlockFormat format, int seed) {
        int blocks = WIDTH * WIDTH / format.elements();
        ByteBuffer bytes = ByteBuffer.allocate(blocks * format.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        new Random(seed).nextBytes(bytes.array());
        for (int block = 0; block < blocks; block++) {
            for (int at : format.halves()) {
                bytes.putShort(block * format.bytes() + at, (short) (format.bytes() > 20 ? 0x0400 : 0x1C00));
            }
        }
        return bytes.array();
    }

    private static float[] normal(int length) {
        Random random = new Random(1);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void report(String what, long start) {
        System.out.printf(Locale.ROOT, "%s: %.3f s%n", what, (System.nanoTime() - start) / 1e9);
    }

    private static void memory() {
        try {
            System.out.println(Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.matches("(VmHWM|RssAnon|RssFile).*"))
                    .map(line -> line.replaceAll("\\s+", " "))
                    .toList());
        } catch (IOException e) {
            System.out.println("memory: only Linux tells");
        }
    }
}
