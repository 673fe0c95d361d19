package dev.triptych.diffusion;

import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures how far pictures painted with shortcuts are from exact ones: for each set of options the mean PSNR against
 * the exact picture of the same prompt and seed, the cosine of both pictures in a CLIP model, and the cosine of prompt
 * and picture, beside that of exact ones. A program, not a test:
 *
 * <pre>
 * java -cp … dev.triptych.diffusion.ShortcutsBenchmark CLIP MODEL|bundled STEPS PROMPTS OPTION=VALUE[,OPTION=VALUE…]…
 * </pre>
 *
 * CLIP is a folder such as the bundled checkpoint's {@code clip}; PROMPTS says how many are painted, at most 50.
 */
final class ShortcutsBenchmark {

    private static final List<String> THINGS = List.of(
            "a red fox",
            "a house",
            "a castle",
            "an owl",
            "a sailboat",
            "a robot",
            "a horse",
            "a red apple",
            "a rocket",
            "a black cat");

    private static final List<String> SCENES =
            List.of("", " in the snow", " on the sea at sunset", " at night", " in ink");

    private ShortcutsBenchmark() {}

    public static void main(String[] arguments) {
        int steps = Integer.parseInt(arguments[2]);
        int count = Integer.parseInt(arguments[3]);
        LocalSettings settings = arguments[1].equals("bundled")
                ? LocalSettings.bundled()
                : LocalSettings.bundled().withCheckpoint(Path.of(arguments[1]));
        try (ClipModel clip = ClipModel.open(Path.of(arguments[0]));
                LocalDiffusionGenerator generator =
                        LocalDiffusionGenerator.builder().settings(settings).build()) {
            List<byte[]> exact = new ArrayList<>();
            measure("exact", generator, clip, steps, count, List.of(), exact);
            for (int i = 4; i < arguments.length; i++) {
                List<String> options = List.of(arguments[i].split(","));
                measure(arguments[i], generator, clip, steps, count, options, exact);
            }
        }
    }

    private static void measure(
            String name,
            LocalDiffusionGenerator generator,
            ClipModel clip,
            int steps,
            int count,
            List<String> options,
            List<byte[]> exact) {
        boolean isExact = exact.isEmpty();
        double decibels = 0;
        double worst = Double.POSITIVE_INFINITY;
        double similarity = 0;
        double prompts = 0;
        long nanos = 0;
        for (int i = 0; i < count; i++) {
            String prompt = THINGS.get(i % THINGS.size()) + SCENES.get(i / THINGS.size());
            ImageRequest.Builder request =
                    ImageRequest.builder().prompt(prompt).seed(i).steps(steps);
            options.forEach(option -> request.option(
                    option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1)));
            ImageResult result = generator.generate(request.build());
            nanos += result.execution()
                    .durations()
                    .getOrDefault("denoise", java.time.Duration.ZERO)
                    .toNanos();
            byte[] picture = result.image().bytes();
            if (isExact) {
                exact.add(picture);
            }
            double psnr = psnr(exact.get(i), picture);
            decibels += psnr / count;
            worst = Math.min(worst, psnr);
            similarity += ClipModel.cosine(clip.embedImage(exact.get(i)), clip.embedImage(picture)) / count;
            prompts += clip.cosine(prompt, picture) / count;
        }
        System.out.printf(
                Locale.ROOT,
                "%s: PSNR %.1f dB (least %.1f), similarity %.4f, prompt and picture %.4f, denoising %.3f s%n",
                name,
                decibels,
                worst,
                similarity,
                prompts,
                nanos / 1e9 / count);
    }

    private static double psnr(byte[] one, byte[] other) {
        byte[] a = Pixels.decode(one).rgb();
        byte[] b = Pixels.decode(other).rgb();
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (a[i] & 0xFF) - (b[i] & 0xFF);
            sum += difference * difference;
        }
        return sum == 0 ? 99 : 10 * Math.log10(255.0 * 255 * a.length / sum);
    }
}
