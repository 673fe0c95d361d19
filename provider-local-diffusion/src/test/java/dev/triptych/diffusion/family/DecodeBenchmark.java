package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.vae.Vae;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/**
 * Measures the decoder of a checkpoint alone: seconds, and the peak of the process's memory. A program, not a test:
 *
 * <pre>
 * java -Xmx1g -cp … dev.triptych.diffusion.family.DecodeBenchmark CHECKPOINT WIDTH HEIGHT [tiled]
 * </pre>
 */
final class DecodeBenchmark {

    private DecodeBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Vae vae = TestNetworks.vae(Path.of(arguments[0]));
        int factor = vae.config().scaleFactor();
        LatentSize size = new LatentSize(
                vae.config().latentChannels(),
                Integer.parseInt(arguments[2]) / factor,
                Integer.parseInt(arguments[1]) / factor);
        float[] latents = new float[size.values()];
        Random random = new Random(0);
        for (int i = 0; i < latents.length; i++) {
            latents[i] = (float) random.nextGaussian();
        }
        try (Engine engine = new Engine(TestNetworks.options())) {
            VaeCodec whole = new VaeCodec(engine, vae);
            LatentCodec codec = arguments.length > 3 ? whole.tiled().orElseThrow() : whole;
            long start = System.nanoTime();
            codec.decode(latents, size, new Cancellation());
            System.out.printf(Locale.ROOT, "decode  %.1f s%n", (System.nanoTime() - start) / 1e9);
        }
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            lines.filter(line -> line.startsWith("VmHWM")).forEach(System.out::println);
        }
    }
}
