package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Components;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Measures a checkpoint: seconds to load and to run each model, on the clock and of all processors together, and
 * memory. A program, not a test; {@code src/test/tools/speed.py} runs it in turn with others:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.family.EngineBenchmark CHECKPOINT [HEIGHT WIDTH [EVALUATIONS [throughput]]]
 * </pre>
 *
 * A file {@code NAME.gguf} in the checkpoint's folder is taken for its part {@code NAME}. The first run of a model
 * includes its loading. RSS is split as Linux does: anonymous memory, and pages of files (mapped weights), which the
 * system takes back when it needs them.
 */
final class EngineBenchmark {

    private static final Cancellation NONE = new Cancellation();

    private EngineBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        EngineOptions standard = TestNetworks.options();
        boolean throughput = arguments.length > 4;
        try (Engine engine =
                new Engine(new EngineOptions(standard.threads(), standard.device(), throughput, standard.cache()))) {
            Family family = timed("open the checkpoint", () -> Family.of(open(Path.of(arguments[0])), engine));
            ImageSize usual = family.capabilities().sizes().standard();
            ImageSize size = arguments.length > 2
                    ? new ImageSize(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[1]))
                    : usual;
            timed("revision", family::revision);
            measure(family, engine, size, arguments.length > 3 ? Integer.parseInt(arguments[3]) : 5);
        }
        memory();
    }

    private static Checkpoint open(Path folder) {
        Map<String, Optional<Path>> files = new TreeMap<>();
        for (String part : new String[] {"transformer", "text_encoder"}) {
            Path file = folder.resolve(part + ".gguf");
            if (Files.isRegularFile(file)) {
                files.put(part, Optional.of(file));
            }
        }
        return Checkpoint.open(folder, Components.of(files));
    }

    private static void measure(Family family, Engine engine, ImageSize size, int evaluations) {
        ImageRequest request = ImageRequest.of("a red fox in the snow");
        PromptPlan plan = family.plan(
                new Family.PromptWish(request, size, family.defaults().guidanceScale(), 25),
                new Options(Map.of()),
                new Notices(NegotiationMode.ADAPT));
        LatentSize latents = family.latents().of(size);
        for (Family.Load load : family.loads(plan, latents, false, false)) {
            timed("load " + load.network().label(), () -> engine.prepare(load.network(), load.shape(), NONE));
            memory();
        }
        System.out.println(engine.device().orElse(""));
        Conditioning text = timed(
                "both texts", () -> family.promptEncoder().encode(plan, NONE).at(0));
        float[] sample = normal(latents.values());
        Denoiser denoiser = family.denoiser(latents);
        timed("U-Net, loading", () -> predict(denoiser, sample, text, 0, evaluations));
        double[] seconds = new double[evaluations];
        double processorsBefore = processors();
        for (int i = 0; i < evaluations; i++) {
            long start = System.nanoTime();
            predict(denoiser, sample, text, i, evaluations);
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT,
                "%-28s %8.4f s median, %.4f s best, processors %.4f s%n",
                "U-Net",
                seconds[evaluations / 2],
                seconds[0],
                (processors() - processorsBefore) / evaluations);
        memory();
        timed("decode, loading", () -> family.codec().decode(sample, latents, NONE));
        timed("decode", () -> family.codec().decode(sample, latents, NONE));
    }

    private static float[] predict(Denoiser denoiser, float[] sample, Conditioning text, int step, int steps) {
        return denoiser.predict(sample, new Denoiser.Moment(step, steps, 500), text, NONE);
    }

    private static float[] normal(int length) {
        Random random = new Random(1);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static <T> T timed(String what, Supplier<T> action) {
        long start = System.nanoTime();
        double before = processors();
        T result = action.get();
        System.out.printf(
                Locale.ROOT,
                "%-28s %8.4f s, processors %.4f s%n",
                what,
                (System.nanoTime() - start) / 1e9,
                processors() - before);
        return result;
    }

    /** Seconds that all processors have worked for this process: what tells on a machine that others use too. */
    private static double processors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime() / 1e9
                : Double.NaN;
    }

    private static void memory() {
        try {
            Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.matches("(VmHWM|RssAnon|RssFile).*"))
                    .forEach(System.out::println);
        } catch (IOException e) {
            System.out.println("memory: only Linux tells");
        }
    }
}
