package dev.triptych.diffusion;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.InputRole;
import dev.triptych.diffusion.family.AdapterOptions;
import dev.triptych.diffusion.family.ControlOptions;
import dev.triptych.diffusion.family.LoopOptions;
import dev.triptych.diffusion.family.NoiseOptions;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.family.PromptOptions;
import dev.triptych.diffusion.family.SteeringOptions;
import dev.triptych.diffusion.guide.Guidance;
import dev.triptych.diffusion.prompt.PromptSyntax;
import dev.triptych.diffusion.scheduler.SamplerName;
import dev.triptych.media.GenerationParameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a picture's settings are called in the {@code parameters} text that A1111's web UI writes into a PNG and that
 * many tools read (AUTOMATIC1111/stable-diffusion-webui, {@code modules/processing.py}, {@code create_infotext}).
 */
final class Infotext {

    /** The web UI's names of what enlarges between two passes; a network keeps its own. */
    private static final Map<String, String> HIRES_UPSCALERS = Map.of(
            "latent", "Latent",
            "latent-bicubic", "Latent (bicubic)",
            "latent-nearest", "Latent (nearest)",
            "lanczos", "Lanczos");

    /** What changes a picture and has no name in the web UI, in the order in which it is written. */
    private static final List<Map.Entry<String, String>> OWN_NAMES = List.of(
            Map.entry(SteeringOptions.FREE_U, "FreeU"),
            Map.entry(SteeringOptions.PAG_SCALE, "PAG scale"),
            Map.entry(SteeringOptions.PAG_ADAPTIVE, "PAG adaptive"),
            Map.entry(SteeringOptions.PAG_LAYERS, "PAG layers"),
            Map.entry(LoopOptions.CFG_PLUS_PLUS, "CFG plus plus"),
            Map.entry(SteeringOptions.DEEP_CACHE, "Deep cache"),
            Map.entry(SteeringOptions.DEEP_CACHE_BRANCH, "Deep cache branch"),
            Map.entry(LoopOptions.EASY_CACHE, "Easy cache"),
            Map.entry(LoopOptions.FIRST_BLOCK_CACHE, "First block cache"),
            Map.entry(LoopOptions.PRECISION, "Precision"),
            Map.entry(LoopOptions.ETA, "Eta"),
            Map.entry(NoiseOptions.STRENGTH_RULE, "Strength rule"),
            Map.entry(PictureOptions.DECODER, "Decoder"),
            Map.entry(PictureOptions.TILED_DIFFUSION, "Tiled diffusion"),
            Map.entry(PictureOptions.OUTPAINT, "Outpaint"),
            Map.entry(PictureOptions.KEEP_UNMASKED, "Keep unmasked"),
            Map.entry(PromptOptions.LONG_PROMPTS, "Long prompts"));

    /** Values with which an option does what is done without it. */
    private static final Set<String> OFF = Set.of("", "0", "0.0", "false", "none", "full", "diffusers", "fp32");

    private Infotext() {}

    /** The text for the picture {@code index} of {@code job}; {@code checked}: the safety checker let it pass. */
    static GenerationParameters of(PictureJob job, boolean checked, int index, long seed, GeneratorInfo info) {
        String revision = info.revision();
        Map<String, String> values = new LinkedHashMap<>();
        PictureJob.Stage first = job.main();
        SamplerName sampler = SamplerName.of(first.loop().config());
        values.put(
                "Steps",
                Integer.toString(job.request().steps().orElse(first.loop().steps())));
        values.put("Sampler", sampler.sampler());
        sampler.schedule().ifPresent(schedule -> values.put("Schedule type", schedule));
        values.put(
                "CFG scale",
                plain(job.request().guidanceScale().orElse(first.guidance().scale())));
        values.put("Seed", Long.toString(seed));
        values.put("Size", job.size().toString());
        values.put("Model hash", revision.substring(0, Math.min(10, revision.length())));
        values.put("Model", info.model());
        job.start().ifPresent(start -> values.put("Denoising strength", plain(start.strength())));
        if (first.prompt().clipSkip() > 0) { // the web UI counts from 1 = none skipped
            values.put("Clip skip", Integer.toString(first.prompt().clipSkip() + 1));
        }
        if (first.guidance().rescale() > 0) {
            values.put("CFG Rescale", plain(first.guidance().rescale()));
        }
        if (!first.guidance().interval().equals(Guidance.Interval.ALWAYS)) {
            values.put("Guidance interval", first.guidance().interval().toString());
        }
        NoisePlan noise = job.noise().of(index);
        if (noise.variationStrength() > 0) {
            values.put("Variation seed", Long.toString(noise.variationSeed()));
            values.put("Variation seed strength", plain(noise.variationStrength()));
        }
        if (!noise.cuda()) { // without a word it is the GPU's there
            values.put("RNG", "CPU");
        }
        if (isLiteral(job.request())) {
            values.put("Emphasis", "None");
        }
        job.secondPass().ifPresent(second -> putSecondPass(values, job, second));
        if (job.stages().size() > 1 && !job.isCascade()) {
            values.put("Refiner", job.stages().get(1).family().model());
        }
        putPictures(values, "ControlNet ", job.request(), InputRole.CONTROL);
        putPictures(values, "IP-Adapter ", job.request(), InputRole.STYLE);
        putOwn(values, job.request().options());
        job.request().options().forEach((key, value) -> {
            if (key.startsWith("local.scheduler.")) {
                values.put(key.substring("local.scheduler.".length()), value);
            }
        });
        putHashes(values, "Lora hashes", job.request().options().get(AdapterOptions.LORA_HASHES));
        putHashes(values, "TI hashes", job.request().options().get(AdapterOptions.EMBEDDING_HASHES));
        putHashes(values, "ControlNet hashes", job.request().options().get(ControlOptions.HASHES));
        putHashes(values, "IP-Adapter hashes", job.request().options().get(AdapterOptions.IP_ADAPTER_HASHES));
        if (checked) {
            values.put("Safety checker", "passed");
        }
        values.put("Version", "Triptych");
        return new GenerationParameters(job.request().prompt(), job.request().negativePrompt(), values);
    }

    /** In the web UI's names; the strength is the second pass's, as there. */
    private static void putSecondPass(Map<String, String> values, PictureJob job, SecondPass second) {
        Map<String, String> options = job.request().options();
        values.put("Denoising strength", plain(second.strength()));
        values.put("Hires upscale", plain(Double.parseDouble(options.getOrDefault(PictureOptions.HIRES_SCALE, "1"))));
        values.put("Hires steps", options.getOrDefault(PictureOptions.HIRES_STEPS, ""));
        String upscaler = options.getOrDefault(PictureOptions.HIRES_UPSCALER, "latent");
        values.put("Hires upscaler", HIRES_UPSCALERS.getOrDefault(upscaler, upscaler));
    }

    /** Whether brackets, which are weights in the web UI, are read as they stand. */
    private static boolean isLiteral(ImageRequest request) {
        String words = request.prompt() + request.negativePrompt();
        String syntax = request.options().getOrDefault(PromptOptions.SYNTAX, PromptSyntax.PLAIN.id());
        return syntax.equals(PromptSyntax.PLAIN.id()) && (words.contains("(") || words.contains("["));
    }

    /**
     * In the form of the extension of the web UI (Mikubill/sd-webui-controlnet,
     * {@code internal_controlnet/external_code.py}), with which an IP-Adapter is a unit among the others.
     */
    private static void putPictures(Map<String, String> values, String unit, ImageRequest request, InputRole role) {
        int index = 0;
        for (ImageInput picture : request.inputs(role)) {
            String[] module = role == InputRole.CONTROL
                    ? annotator(request, picture.name()).split(":", -1)
                    : new String[] {"none"};
            StringBuilder text = new StringBuilder(
                    "Module: " + module[0] + ", Model: " + picture.name() + ", Weight: " + plain(picture.strength()));
            if (role == InputRole.CONTROL) {
                text.append(", Resize Mode: Just Resize");
            }
            if (module.length > 1) {
                text.append(", Threshold A: ").append(module[1]);
            }
            if (module.length > 2) {
                text.append(", Threshold B: ").append(module[2]);
            }
            text.append(", Guidance Start: ").append(plain(picture.start()));
            text.append(", Guidance End: ").append(plain(picture.end()));
            if (role == InputRole.CONTROL) {
                boolean guesses = request.options()
                        .getOrDefault(ControlOptions.GUESS_MODE, "false")
                        .equals("true");
                text.append(", Control Mode: ").append(guesses ? "ControlNet is more important" : "Balanced");
            }
            values.put(unit + index++, text.toString());
        }
    }

    /** What the option says of the control {@code name}, or of all; {@link Annotations} has read it. */
    private static String annotator(ImageRequest request, String name) {
        String all = "none";
        for (String each :
                request.options().getOrDefault(ControlOptions.ANNOTATE, all).split(",", -1)) {
            int equals = each.lastIndexOf('=');
            if (equals < 0) {
                all = each.strip();
            } else if (each.substring(0, equals).strip().equals(name)) {
                return each.substring(equals + 1).strip();
            }
        }
        return all;
    }

    private static void putOwn(Map<String, String> values, Map<String, String> options) {
        for (Map.Entry<String, String> own : OWN_NAMES) {
            String value = options.getOrDefault(own.getKey(), "").strip();
            if (!OFF.contains(value.toLowerCase(Locale.ROOT))) {
                values.put(own.getValue(), value);
            }
        }
    }

    /** The web UI writes a colon where we have an equals sign, and a space behind each comma. */
    private static void putHashes(Map<String, String> values, String name, @Nullable String hashes) {
        if (hashes != null) {
            values.put(name, hashes.replace("=", ": ").replace(",", ", "));
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : Float.toString((float) value);
    }
}
