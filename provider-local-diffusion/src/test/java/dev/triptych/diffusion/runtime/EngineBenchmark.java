package dev.triptych.diffusion.runtime;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Measures a checkpoint: seconds to load and to run each model, and memory. A program, not a test:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.runtime.EngineBenchmark CHECKPOINT [HEIGHT WIDTH [EVALUATIONS [PRESET]]]
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
        Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
        report("open the checkpoint", start);
        int factor = checkpoint.vaeScaleFactor();
        int height = (arguments.length > 2 ? Integer.parseInt(arguments[1]) : checkpoint.defaultHeight()) / factor;
        int width = (arguments.length > 2 ? Integer.parseInt(arguments[2]) : checkpoint.defaultWidth()) / factor;
        int evaluations = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 5;
        RuntimeOptions options = RuntimeOptions.standard();
        if (arguments.length > 4) {
            options = options.withPreset(RuntimeOptions.Preset.valueOf(arguments[4]));
        }
        start = System.nanoTime();
        checkpoint.fingerprint();
        report("fingerprint", start);
        start = System.nanoTime();
        try (DiffusionModels models = DiffusionModels.open(checkpoint, options)) {
            report("start ONNX Runtime", start);
            System.out.println(models.executionProvider());
            measure(models, checkpoint, height, width, evaluations);
        }
        memory();
    }

    private static void measure(DiffusionModels models, Checkpoint checkpoint, int height, int width, int evaluations) {
        int[] ids = new int[checkpoint.textEncoder().maxPositions()];
        Tensor prompt = timed("text encoder, loading", () -> models.encodeText(ids, 0, NONE));
        timed("text encoder", () -> models.encodeText(ids, 0, NONE));
        float[] latents = normal(checkpoint.unet().inChannels() * height * width);
        float[] condition = checkpoint.timeCondProjDim() > 0 ? new float[checkpoint.timeCondProjDim()] : null;
        timed("U-Net, loading", () -> models.predictNoise(latents, height, width, 999, prompt, condition, NONE));
        double[] seconds = new double[evaluations];
        for (int i = 0; i < evaluations; i++) {
            long start = System.nanoTime();
            models.predictNoise(latents, height, width, 500, prompt, condition, NONE);
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        System.out.printf(
                Locale.ROOT, "%-28s %8.4f s best, %.4f s median%n", "U-Net", seconds[0], seconds[evaluations / 2]);
        memory();
        float[] toDecode = normal(checkpoint.latentChannels() * height * width);
        timed("VAE decoder, loading", () -> models.decode(toDecode, height, width, NONE));
        timed("VAE decoder", () -> models.decode(toDecode, height, width, NONE));
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
