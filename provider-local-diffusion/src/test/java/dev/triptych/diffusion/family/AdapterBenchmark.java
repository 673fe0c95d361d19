package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.diffusion.adapt.Adaptation;
import dev.triptych.diffusion.adapt.Adapter;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Measures what it takes to put another LoRA over a checkpoint: a rank of 16 over all attention of the U-Net. A
 * program, not a test:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.family.AdapterBenchmark CHECKPOINT [SWITCHES [HEIGHT WIDTH]]
 * </pre>
 *
 * Each switch is a strength that was not there before, so that nothing is found loaded.
 */
final class AdapterBenchmark {

    private static final Cancellation NONE = new Cancellation();
    private static final int RANK = 16;

    private AdapterBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int switches = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Path folder = Files.createTempDirectory("adapter-benchmark");
        Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
        Path file = lora(checkpoint.require("unet").weights(), folder.resolve("lora.safetensors"));
        try (Engine engine = new Engine(TestNetworks.options())) {
            Family family = Family.of(checkpoint, engine);
            ImageSize size = arguments.length > 3
                    ? new ImageSize(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[2]))
                    : family.capabilities().sizes().standard();
            long start = System.nanoTime();
            Adapter adapter = Adapter.open("lora", file, family.modules());
            report("open and fit the LoRA", start);
            double without = load(engine, family, size, "load without");
            double best = Double.MAX_VALUE;
            for (int i = 0; i < switches; i++) {
                Adaptation adaptation = new Adaptation(List.of(new Adaptation.Applied(adapter, 1 + i / 64f, 1)));
                best = Math.min(best, load(engine, family.with(adaptation, List.of()), size, "switch " + i));
            }
            System.out.printf(Locale.ROOT, "%-28s %8.4f s best, %.4f s without%n", "switch", best, without);
        } finally {
            Files.delete(file);
            Files.delete(folder);
        }
    }

    private static double load(Engine engine, Family family, ImageSize size, String what) {
        PromptPlan plan = family.plan(
                new Family.PromptWish(ImageRequest.of("a red fox in the snow"), size, 7.5),
                new Options(Map.of()),
                new Notices(NegotiationMode.ADAPT));
        long start = System.nanoTime();
        for (Family.Load load : family.loads(plan, family.latents().of(size), false, false)) {
            if (load.network().label().equals("U-Net")) {
                engine.prepare(load.network(), load.shape(), NONE);
            }
        }
        return report(what, start);
    }

    /** Random numbers of a usual size in kohya's names. */
    private static Path lora(Weights unet, Path file) {
        SafetensorsWriter writer = new SafetensorsWriter();
        Random random = new Random(1);
        for (String name : unet.names()) {
            if (name.matches(".*\\.attn[12]\\.to_(q|k|v|out\\.0)\\.weight")) {
                List<Long> dims = unet.tensor(name).orElseThrow().dims();
                String module = "lora_unet_"
                        + name.substring(0, name.length() - ".weight".length()).replace('.', '_');
                writer.floats(module + ".lora_down.weight", normal(random, RANK * dims.get(1)), RANK, dims.get(1));
                writer.floats(module + ".lora_up.weight", normal(random, dims.get(0) * RANK), dims.get(0), RANK);
                writer.floats(module + ".alpha", new float[] {RANK});
            }
        }
        return writer.write(file);
    }

    private static float[] normal(Random random, long length) {
        float[] values = new float[Math.toIntExact(length)];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.02f * (float) random.nextGaussian();
        }
        return values;
    }

    private static double report(String what, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(Locale.ROOT, "%-28s %8.4f s%n", what, seconds);
        return seconds;
    }
}
