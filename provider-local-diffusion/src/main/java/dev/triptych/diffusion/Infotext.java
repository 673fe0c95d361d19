package dev.triptych.diffusion;

import dev.triptych.ImageRequest;
import dev.triptych.media.GenerationParameters;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

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

    private Infotext() {}

    /** The text for one picture of {@code request}. */
    static GenerationParameters of(
            ImageRequest request, DiffusionSettings settings, long seed, String model, String revision) {
        Map<String, String> values = new LinkedHashMap<>();
        String scheduler = settings.scheduler().className();
        values.put("Steps", Integer.toString(settings.steps()));
        values.put("Sampler", SAMPLERS.getOrDefault(scheduler, scheduler));
        values.put("CFG scale", plain(settings.guidanceScale()));
        values.put("Seed", Long.toString(seed));
        values.put("Size", settings.size().toString());
        values.put("Model hash", revision.substring(0, Math.min(10, revision.length())));
        values.put("Model", model);
        settings.start().ifPresent(start -> values.put("Denoising strength", plain(start.strength())));
        if (settings.clipSkip() > 0) { // the web UI counts from 1 = none skipped
            values.put("Clip skip", Integer.toString(settings.clipSkip() + 1));
        }
        if (settings.guidanceRescale() > 0) {
            values.put("CFG Rescale", plain(settings.guidanceRescale()));
        }
        request.options().forEach((key, value) -> {
            if (key.startsWith("local.scheduler.")) {
                values.put(key.substring("local.scheduler.".length()), value);
            }
        });
        values.put("Version", "Triptych");
        return new GenerationParameters(request.prompt(), request.negativePrompt(), values);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : Float.toString((float) value);
    }
}
