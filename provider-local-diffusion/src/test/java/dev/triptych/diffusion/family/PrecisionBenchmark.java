package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.weights.IntegerCache;
import dev.triptych.diffusion.weights.IntegerRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Measures how far a U-Net's prediction moves when one kind of its layers after the other is computed in 8-bit
 * integers, and all of them: root mean square of the difference as a part of the prediction's. A program, not a test:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.family.PrecisionBenchmark UNET_FOLDER [KIND…]
 * </pre>
 *
 * The other layers stay in floats: one kind alone takes more memory than all of them. Latents are 24 × 24.
 */
final class PrecisionBenchmark {

    private static final Map<String, String> KINDS = kinds();

    private PrecisionBenchmark() {}

    private static Map<String, String> kinds() {
        Map<String, String> kinds = new LinkedHashMap<>();
        kinds.put("convolutions of residual blocks", ".*\\.conv[12]\\.weight");
        kinds.put("convolutions that change the size", ".*samplers.*");
        kinds.put("first matrices of transformers (stored)", ".*\\.proj_in\\.weight");
        kinds.put("last matrices of transformers", ".*\\.proj_out\\.weight");
        kinds.put("self-attention", ".*\\.attn1\\..*");
        kinds.put("attention over the prompt", ".*\\.attn2\\..*");
        kinds.put("feed-forward, first", ".*\\.ff\\.net\\.0\\..*");
        kinds.put("feed-forward, second", ".*\\.ff\\.net\\.2\\..*");
        kinds.put("all", ".*");
        return kinds;
    }

    /** The layers of one kind. */
    private record Kind(String id, String names) implements IntegerRule {
        @Override
        public Optional<Plan> plan(String name, List<Long> dims) {
            return name.matches(names) ? IntegerRules.UNET.plan(name, dims) : Optional.empty();
        }
    }

    public static void main(String[] arguments) throws IOException {
        Part part = Part.at(Path.of(arguments[0]).toAbsolutePath());
        Unet unet = new Unet(UnetConfig.read(part.config()), part);
        Unet.Input input = input(unet.config());
        Path folder = Files.createTempDirectory("precision");
        IntegerCache cache = new IntegerCache(folder);
        float[] floats = predicted(unet, input);
        List<String> wanted = List.of(arguments).subList(1, arguments.length);
        KINDS.forEach((kind, names) -> {
            if (!wanted.isEmpty() && !wanted.contains(kind)) {
                return;
            }
            Unet integers = unet.converted(weights -> cache.over(weights, new Kind(kind, names)), kind);
            System.out.printf(Locale.ROOT, "%s: %.5f%n", kind, difference(floats, predicted(integers, input)));
        });
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static float[] predicted(Unet unet, Unet.Input input) {
        try (Engine engine = new Engine(TestNetworks.options())) {
            return unet.predict(engine, input, new Cancellation());
        }
    }

    private static Unet.Input input(UnetConfig config) {
        int edge = 24;
        return new Unet.Input(
                normal(1, config.inChannels(), edge, edge),
                500,
                Map.of("encoder_hidden_states", normal(1, 77, config.textWidth())));
    }

    private static Tensor normal(long... shape) {
        long length = 1;
        for (long axis : shape) {
            length *= axis;
        }
        float[] values = new float[Math.toIntExact(length)];
        Random random = new Random(values.length);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Tensor(shape, values);
    }

    private static double difference(float[] floats, float[] integers) {
        double squares = 0;
        double all = 0;
        for (int i = 0; i < floats.length; i++) {
            squares += (double) (floats[i] - integers[i]) * (floats[i] - integers[i]);
            all += (double) floats[i] * floats[i];
        }
        return Math.sqrt(squares / all);
    }
}
