package dev.triptych.server.pictures;

import dev.triptych.media.GenerationParameters;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What A1111's {@code parameters} say of a picture that is an option of the local engine: the second pass, the noise,
 * how brackets are read. Source: AUTOMATIC1111/stable-diffusion-webui, modules/processing.py and infotext_utils.py.
 * Stateless.
 */
final class InfotextOptions {

    private static final Map<String, String> UPSCALERS = Map.of(
            "Latent", "latent",
            "Latent (bicubic)", "latent-bicubic",
            "Latent (nearest)", "latent-nearest",
            "Lanczos", "lanczos");

    /** Versions of the web UI ({@code v1.10.1}) and of its fork Forge ({@code f2.0.1}); others do not begin so. */
    private static final Pattern WEB_UI = Pattern.compile("[vf]\\d.*");

    private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})");
    private static final double MOST_SCALE = 4;

    private InfotextOptions() {}

    /**
     * The options, by name.
     *
     * @param left the settings; what becomes an option is removed
     * @param read all that the picture says
     */
    static Map<String, String> take(Map<String, String> left, GenerationParameters read) {
        Map<String, String> options = new TreeMap<>();
        takeSecondPass(left, options);
        takeNoise(left, options);
        takePromptReading(left, read, options);
        number(left, "Clip skip")
                .filter(skip -> skip >= 1 && skip == Math.rint(skip))
                .ifPresent(skip -> {
                    left.remove("Clip skip");
                    if (skip > 1) { // counted from 1 = none skipped
                        options.put("local.clip-skip", Integer.toString((int) (skip - 1)));
                    }
                });
        return options;
    }

    /** The denoising strength of a picture with a second pass is that pass's. */
    private static void takeSecondPass(Map<String, String> left, Map<String, String> options) {
        Optional<Double> scale = scale(left).filter(times -> times > 1 && times <= MOST_SCALE);
        if (scale.isEmpty()) {
            return;
        }
        left.remove("Hires upscale");
        left.remove("Hires resize");
        options.put("local.hires-scale", Double.toString(scale.get()));
        number(left, "Hires steps")
                .filter(steps -> steps >= 0 && steps == Math.rint(steps))
                .ifPresent(steps -> {
                    left.remove("Hires steps");
                    if (steps > 0) { // else those of the first pass
                        options.put("local.hires-steps", Integer.toString(steps.intValue()));
                    }
                });
        number(left, "Denoising strength")
                .filter(strength -> strength > 0 && strength <= 1)
                .ifPresent(strength -> {
                    left.remove("Denoising strength");
                    options.put("local.hires-strength", Double.toString(strength));
                });
        String upscaler = left.remove("Hires upscaler");
        if (upscaler != null) {
            options.put("local.hires-upscaler", UPSCALERS.getOrDefault(upscaler, upscaler));
        }
    }

    /** How many times as large; a size is one where the shape stays. */
    private static Optional<Double> scale(Map<String, String> left) {
        Matcher from = SIZE.matcher(left.getOrDefault("Size", ""));
        Matcher to = SIZE.matcher(left.getOrDefault("Hires resize", ""));
        if (!from.matches() || !to.matches()) {
            return number(left, "Hires upscale");
        }
        double across = Double.parseDouble(to.group(1)) / Double.parseDouble(from.group(1));
        double down = Double.parseDouble(to.group(2)) / Double.parseDouble(from.group(2));
        return across == down ? Optional.of(across) : Optional.empty();
    }

    /** Where the web UI says nothing, noise is the GPU's, which it names NV where the CPU makes it. */
    private static void takeNoise(Map<String, String> left, Map<String, String> options) {
        String generator = left.getOrDefault("RNG", isOfWebUi(left) ? "NV" : "CPU");
        if (generator.equals("CPU") || generator.equals("NV")) {
            left.remove("RNG");
        }
        if (generator.equals("NV")) {
            options.put("local.noise", "cuda");
        }
        Optional<Double> strength = number(left, "Variation seed strength").filter(part -> part > 0 && part <= 1);
        String seed = left.getOrDefault("Variation seed", "").strip();
        if (strength.isPresent() && seed.matches("\\d{1,18}")) {
            left.remove("Variation seed strength");
            left.remove("Variation seed");
            options.put("local.variation-strength", Double.toString(strength.get()));
            options.put("local.variation-seed", seed);
        }
    }

    private static void takePromptReading(
            Map<String, String> left, GenerationParameters read, Map<String, String> options) {
        String words = read.prompt() + read.negativePrompt();
        boolean known = isOfWebUi(left) || left.getOrDefault("Version", "").equals("Triptych");
        String emphasis = left.getOrDefault("Emphasis", "Original");
        if (emphasis.equals("None") || emphasis.equals("Original")) {
            left.remove("Emphasis");
        }
        boolean weighs = words.contains("(") || words.contains("[");
        if (known && !emphasis.equals("None") && (weighs || isOfWebUi(left))) {
            options.put("local.prompt-syntax", "a1111");
        }
    }

    private static boolean isOfWebUi(Map<String, String> settings) {
        return WEB_UI.matcher(settings.getOrDefault("Version", "")).matches();
    }

    private static Optional<Double> number(Map<String, String> settings, String name) {
        try {
            double value = Double.parseDouble(settings.getOrDefault(name, "").strip());
            return Double.isFinite(value) ? Optional.of(value) : Optional.empty();
        } catch (NumberFormatException notANumber) {
            return Optional.empty(); // it stays among the unknown ones
        }
    }
}
