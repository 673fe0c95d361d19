package dev.triptych.diffusion;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.InputRole;
import dev.triptych.diffusion.family.AdapterOptions;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.guide.Guidance;
import dev.triptych.media.GenerationParameters;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a picture's settings are called in the {@code parameters} text that A1111's web UI writes into a PNG and that
 * many tools read (AUTOMATIC1111/stable-diffusion-webui, {@code modules/processing.py}, {@code create_infotext}).
 */
final class Infotext {

    /** The web UI's names of the samplers; a class that it does not have keeps its own name. */
    private static final Map<String, String> SAMPLERS = Map.ofEntries(
            Map.entry("DDIMScheduler", "DDIM"),
            Map.entry("DDPMScheduler", "DDPM"),
            Map.entry("PNDMScheduler", "PLMS"),
            Map.entry("EulerDiscreteScheduler", "Euler"),
            Map.entry("EulerAncestralDiscreteScheduler", "Euler a"),
            Map.entry("LMSDiscreteScheduler", "LMS"),
            Map.entry("HeunDiscreteScheduler", "Heun"),
            Map.entry("KDPM2DiscreteScheduler", "DPM2"),
            Map.entry("KDPM2AncestralDiscreteScheduler", "DPM2 a"),
            Map.entry("DPMSolverMultistepScheduler", "DPM++ 2M"),
            Map.entry("UniPCMultistepScheduler", "UniPC"),
            Map.entry("LCMScheduler", "LCM"));

    /** The web UI's names of what enlarges between two passes; a network keeps its own. */
    private static final Map<String, String> HIRES_UPSCALERS = Map.of(
            "latent", "Latent",
            "latent-bicubic", "Latent (bicubic)",
            "latent-nearest", "Latent (nearest)",
            "lanczos", "Lanczos");

    private Infotext() {}

    /** The text for the picture {@code index} of {@code job}; {@code checked}: the safety checker let it pass. */
    static GenerationParameters of(PictureJob job, boolean checked, int index, long seed, GeneratorInfo info) {
        String revision = info.revision();
        Map<String, String> values = new LinkedHashMap<>();
        PictureJob.Stage first = job.main();
        String scheduler = first.loop().config().className();
        values.put(
                "Steps",
                Integer.toString(job.request().steps().orElse(first.loop().steps())));
        values.put("Sampler", SAMPLERS.getOrDefault(scheduler, scheduler));
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
        job.secondPass().ifPresent(second -> putSecondPass(values, job, second));
        if (job.stages().size() > 1 && !job.isCascade()) {
            values.put("Refiner", job.stages().get(1).family().model());
        }
        putControls(values, job.request());
        job.request().options().forEach((key, value) -> {
            if (key.startsWith("local.scheduler.")) {
                values.put(key.substring("local.scheduler.".length()), value);
            }
        });
        putHashes(values, "Lora hashes", job.request().options().get(AdapterOptions.LORA_HASHES));
        putHashes(values, "TI hashes", job.request().options().get(AdapterOptions.EMBEDDING_HASHES));
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
        int steps = Integer.parseInt(options.getOrDefault(PictureOptions.HIRES_STEPS, "0"));
        if (steps > 0) {
            values.put("Hires steps", Integer.toString(steps));
        }
        String upscaler = options.getOrDefault(PictureOptions.HIRES_UPSCALER, "latent");
        values.put("Hires upscaler", HIRES_UPSCALERS.getOrDefault(upscaler, upscaler));
    }

    /**
     * In the form of the extension of the web UI (Mikubill/sd-webui-controlnet,
     * {@code internal_controlnet/external_code.py}).
     */
    private static void putControls(Map<String, String> values, ImageRequest request) {
        int index = 0;
        for (ImageInput control : request.inputs(InputRole.CONTROL)) {
            values.put(
                    "ControlNet " + index++,
                    "Module: none, Model: " + control.name() + ", Weight: " + plain(control.strength())
                            + ", Guidance Start: " + plain(control.start()) + ", Guidance End: "
                            + plain(control.end()));
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
