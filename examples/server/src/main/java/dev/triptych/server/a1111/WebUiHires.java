package dev.triptych.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The web UI's fields for its hires fix, {@code enable_hr} and those that begin with {@code hr_}, and what the local
 * engine calls them. Source: AUTOMATIC1111/stable-diffusion-webui, modules/processing.py,
 * {@code StableDiffusionProcessingTxt2Img}. Stateless.
 */
final class WebUiHires {

    /** The web UI's names for enlarging latents, and ours. */
    private static final Map<String, String> LATENT = Map.of(
            "Latent", "latent",
            "Latent (bicubic)", "latent-bicubic",
            "Latent (nearest)", "latent-nearest");

    private static final String LANCZOS = "lanczos";
    private static final double USUAL_SCALE = 2;

    private WebUiHires() {}

    /** Whether a second pass is asked for. */
    static boolean isWanted(Fields fields) {
        return fields.truth("enable_hr").orElse(false);
    }

    /**
     * The options of a request, under {@code prefix}; none where no second pass is asked for.
     *
     * @param width of the first pass; 0 = not said
     * @param height of the first pass; 0 = not said
     * @throws HttpFailure 422 if a value cannot be used
     */
    static Map<String, String> options(String prefix, Fields fields, int width, int height) {
        Map<String, String> options = new TreeMap<>();
        if (!isWanted(fields)) {
            return options;
        }
        options.put(prefix + ".hires-scale", Double.toString(scale(fields, width, height)));
        options.put(
                prefix + ".hires-upscaler", upscaler(fields.text("hr_upscaler").orElse("Latent")));
        fields.integer("hr_second_pass_steps")
                .filter(steps -> steps > 0)
                .ifPresent(steps -> options.put(prefix + ".hires-steps", Integer.toString(steps)));
        fields.number("denoising_strength")
                .filter(strength -> strength > 0)
                .ifPresent(strength -> options.put(prefix + ".hires-strength", Double.toString(strength)));
        return options;
    }

    /** By the size asked for where there is one: one edge is enough, and of both the shape must be the same. */
    private static double scale(Fields fields, int width, int height) {
        int wantedWidth = fields.integer("hr_resize_x").orElse(0);
        int wantedHeight = fields.integer("hr_resize_y").orElse(0);
        if (wantedWidth == 0 && wantedHeight == 0) {
            return fields.number("hr_scale").orElse(USUAL_SCALE);
        }
        if (width == 0 || height == 0) {
            throw new HttpFailure(
                    422, "HTTPException", "hr_resize_x and hr_resize_y need width and height, which are missing");
        }
        double across = (double) wantedWidth / width;
        double down = (double) wantedHeight / height;
        if (wantedWidth > 0 && wantedHeight > 0 && Math.abs(across - down) * Math.max(width, height) > 1) {
            throw new HttpFailure(
                    422,
                    "HTTPException",
                    "hr_resize_x and hr_resize_y must keep the shape of " + width + "x" + height + " but were "
                            + wantedWidth + " and " + wantedHeight);
        }
        return Math.max(across, down);
    }

    private static String upscaler(String name) {
        String latent = LATENT.get(name);
        if (latent != null) {
            return latent;
        }
        return isLanczos(name) ? LANCZOS : name;
    }

    /** What {@code latent-upscale-modes} answers. */
    static ArrayNode latentModes() {
        ArrayNode modes = Json.array();
        LATENT.keySet().stream().sorted().forEach(name -> modes.addObject().put("name", name));
        return modes;
    }

    /** Whether {@code name} enlarges by resampling alone, as every generator can. */
    static boolean isLanczos(String name) {
        return name.toLowerCase(Locale.ROOT).equals(LANCZOS);
    }
}
