package dev.triptych.server.a1111;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The web UI's fields for noise, and what the local engine calls them: {@code subseed} and {@code subseed_strength},
 * {@code override_settings.randn_source}, and how a denoising strength is counted in steps, which is the web UI's own
 * way here ({@code override_settings.img2img_fix_steps} for the very number). Source:
 * AUTOMATIC1111/stable-diffusion-webui, modules/processing.py, rng.py and sd_samplers_common.py.
 */
final class WebUiNoise {

    private static final String VARIATION_SEED = ".variation-seed";
    private static final String VARIATION_STRENGTH = ".variation-strength";

    private WebUiNoise() {}

    /**
     * The options of a request, under {@code prefix}.
     *
     * @throws HttpFailure 422 if a value cannot be used
     */
    static Map<String, String> options(String prefix, Fields fields, JsonNode override, boolean fromPicture) {
        Map<String, String> options = new TreeMap<>();
        double strength = fields.number("subseed_strength").orElse(0.0);
        if (strength > 0) {
            options.put(prefix + VARIATION_STRENGTH, Double.toString(Math.min(1, strength)));
            fields.whole("subseed")
                    .filter(seed -> seed >= 0)
                    .ifPresent(seed -> options.put(prefix + VARIATION_SEED, Long.toString(seed)));
        }
        JsonNode source = override.path("randn_source");
        if (source.isTextual()) {
            options.put(prefix + ".noise", noise(source.textValue()));
        }
        if (fromPicture) {
            boolean exact = override.path("img2img_fix_steps").asBoolean(false);
            options.put(prefix + ".strength-rule", exact ? "a1111-exact" : "a1111");
        }
        return options;
    }

    /** Both names of a graphics card's numbers mean Philox. */
    private static String noise(String source) {
        return switch (source.toUpperCase(Locale.ROOT)) {
            case "CPU" -> "cpu";
            case "GPU", "NV" -> "cuda";
            default ->
                throw new HttpFailure(
                        422, "HTTPException", "randn_source must be GPU, CPU or NV but was \"" + source + "\"");
        };
    }

    /** What an answer says of the variations of {@code pictures} pictures; each takes the next seed. */
    static void tell(ObjectNode info, JsonNode options, int pictures) {
        double strength = options.path("local" + VARIATION_STRENGTH).asDouble(0);
        long first = strength > 0 ? options.path("local" + VARIATION_SEED).asLong(-1) : -1;
        info.put("subseed", first).put("subseed_strength", strength);
        ArrayNode all = info.putArray("all_subseeds");
        for (int index = 0; index < pictures; index++) {
            all.add(first < 0 ? -1 : first + index);
        }
    }
}
