package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Measures a checkpoint: seconds to load and to run each model, and memory. A program, not a test:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.family.EngineBenchmark CHECKPOINT [HEIGHT WIDTH [EVALUATIONS [throughput]]]
 * </pre>
 *
 * The first run of a model includes its loading. RSS is split as Linux does: anonymous memory, and pages of files
 * (mapped weights), which the system takes back when it needs them.
 */
final class EngineBenchmark {

    private static final Cancellation NONE = new Cancellation();

    private EngineBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        long start = System.nanoTime();
        EngineOptions standard = TestNetworks.options();
        boolean throughput = arguments.length > 4;
        try (Engine engine =
                new Engine(new EngineOptions(standard.threads(), standard.device(), throughput, standard.cache()))) {
            Family family = Family.of(Checkpoint.open(Path.of(arguments[0])), engine);
            report("open the checkpoint", start);
            ImageSize usual = family.capabilities().sizes().standard();
            ImageSize size = arguments.length > 2
                    ? new ImageSize(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[1]))
                    : usual;
            timed("revision", family::revision);
            measure(family, engine, size, arguments.length > 3 ? Integer.parseInt(arguments[3]) : 5);
        }
        memory();
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
        double[] seconds = new double[evaluations];
        for (int i = 0; i < evaluations; i++) {
            long start = System.nanoTime();
            denoiser.predict(sample, new Denoiser.Moment(i, evaluations, 500), text, NONE);
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT, "%-28s %8.4f s best, %.4f s median%n", "U-Net", seconds[0], seconds[evaluations / 2]);
        memory();
        timed("decode, loading", () -> family.codec().decode(sample, latents, NONE));
        timed("decode", () -> family.codec().decode(sample, latents, NONE));
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
        T result = action.get();
        report(what, start);
        return result;
    }

    private static void report(String what, long start) {
        System.out.printf(Locale.ROOT, "%-28s %8.4f s%n", what, (System.nanoTime() - start) / 1e9);
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
