package dev.triptych.server.pictures;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Provenance;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.ImageHeader;
import dev.triptych.media.PngText;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The settings that a picture carries, in the words of our requests: what {@link Provenance} wrote, AUTOMATIC1111's
 * {@code parameters}, or the graph that ComfyUI leaves under {@code prompt}. What a picture says is text that anybody
 * may have written, and is treated so.
 *
 * @param writer who wrote them: {@code "triptych"}, {@code "automatic1111"} or {@code "comfyui"}
 * @param request the fields of a request that they set, as a request's JSON has them
 * @param unknown settings that no field of ours stands for, by name
 */
public record PictureSettings(String writer, ObjectNode request, Map<String, String> unknown) {

    private static final int MAX_TEXT = 20_000;

    /** Copies the map. */
    public PictureSettings {
        unknown = Map.copyOf(unknown);
    }

    /** The settings in {@code picture}; empty where it carries none that can be read. */
    public static Optional<PictureSettings> read(byte[] picture) {
        if (!ImageHeader.read(picture).mediaType().equals("image/png")) {
            return Optional.empty();
        }
        Map<String, String> text;
        try {
            text = PngText.read(picture);
        } catch (IllegalArgumentException damaged) {
            return Optional.empty();
        }
        return ours(picture).or(() -> parameters(text)).or(() -> comfy(text));
    }

    private static Optional<PictureSettings> ours(byte[] picture) {
        try {
            return Provenance.read(picture).map(found -> {
                ObjectNode request = (ObjectNode) Json.parse(found.requestJson());
                return new PictureSettings("triptych", request, Map.of("generator", found.generator()));
            });
        } catch (IllegalArgumentException | HttpFailure altered) {
            return Optional.empty();
        }
    }

    private static Optional<PictureSettings> parameters(Map<String, String> text) {
        String parameters = text.get(GenerationParameters.PNG_KEYWORD);
        if (parameters == null || parameters.length() > MAX_TEXT || parameters.startsWith("{")) {
            return Optional.empty();
        }
        GenerationParameters read = GenerationParameters.parse(parameters);
        if (read.settings().isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> left = new TreeMap<>(read.settings());
        ObjectNode request = Json.object().put("prompt", read.prompt());
        if (!read.negativePrompt().isEmpty()) {
            request.put("negativePrompt", read.negativePrompt());
        }
        takeLong(left, "Seed", seed -> request.put("seed", seed));
        takeLong(left, "Steps", steps -> request.put("steps", steps));
        takeDouble(left, "CFG scale", scale -> request.put("guidanceScale", scale));
        Map<String, String> options = InfotextOptions.take(left, read);
        takeDouble(left, "Denoising strength", strength -> request.put("strength", strength));
        String size = left.getOrDefault("Size", "");
        if (size.matches("[1-9][0-9]{0,4}x[1-9][0-9]{0,4}")) {
            left.remove("Size");
            request.put("size", size);
        }
        String sampler = left.remove("Sampler");
        if (sampler != null) {
            String schedule = left.remove("Schedule type");
            String name =
                    schedule == null || schedule.equalsIgnoreCase("automatic") ? sampler : sampler + " " + schedule;
            options.put("local.scheduler", name);
        }
        if (!options.isEmpty()) {
            ObjectNode json = request.putObject("options");
            options.forEach(json::put);
        }
        return Optional.of(new PictureSettings("automatic1111", request, left));
    }

    private static void takeLong(Map<String, String> left, String name, Consumer<Long> set) {
        try {
            set.accept(Long.parseLong(left.getOrDefault(name, "").strip()));
            left.remove(name);
        } catch (NumberFormatException notANumber) {
            // It stays among the unknown ones.
        }
    }

    private static void takeDouble(Map<String, String> left, String name, Consumer<Double> set) {
        try {
            double value = Double.parseDouble(left.getOrDefault(name, "").strip());
            if (Double.isFinite(value)) {
                set.accept(value);
                left.remove(name);
            }
        } catch (NumberFormatException notANumber) {
            // It stays among the unknown ones.
        }
    }

    /** ComfyUI's graph in API form: {@code {id: {class_type, inputs}}}, links as {@code [id, slot]}. */
    private static Optional<PictureSettings> comfy(Map<String, String> text) {
        String graph = text.get("prompt");
        if (graph == null || !graph.startsWith("{")) {
            return Optional.empty();
        }
        JsonNode nodes;
        try {
            nodes = Json.parse(graph.replaceAll("\\bNaN\\b", "null"));
        } catch (HttpFailure notJson) {
            return Optional.empty();
        }
        List<String> samplers = new ArrayList<>();
        nodes.properties().stream()
                .filter(node -> node.getValue().path("class_type").asText().startsWith("KSampler"))
                .forEach(node -> samplers.add(node.getKey()));
        samplers.sort(String::compareTo);
        if (samplers.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(comfy(nodes, samplers));
    }

    private static PictureSettings comfy(JsonNode nodes, List<String> samplers) {
        JsonNode sampler = nodes.path(samplers.get(0)).path("inputs");
        ObjectNode request = Json.object().put("prompt", promptOf(nodes, sampler.path("positive"), 0));
        String negative = promptOf(nodes, sampler.path("negative"), 0);
        if (!negative.isEmpty()) {
            request.put("negativePrompt", negative);
        }
        JsonNode seed = sampler.has("seed") ? sampler.path("seed") : sampler.path("noise_seed");
        if (seed.canConvertToLong() && seed.isIntegralNumber()) {
            request.put("seed", seed.longValue());
        }
        if (sampler.path("steps").isInt()) {
            request.put("steps", sampler.path("steps").intValue());
        }
        if (sampler.path("cfg").isNumber()) {
            request.put("guidanceScale", sampler.path("cfg").doubleValue());
        }
        JsonNode latents = linked(nodes, sampler.path("latent_image")).path("inputs");
        if (latents.path("width").isInt() && latents.path("height").isInt()) {
            request.put(
                    "size",
                    latents.path("width").intValue() + "x"
                            + latents.path("height").intValue());
        }
        Map<String, String> unknown = new TreeMap<>();
        putText(unknown, "sampler_name", sampler.path("sampler_name"));
        putText(unknown, "scheduler", sampler.path("scheduler"));
        putText(
                unknown,
                "checkpoint",
                linked(nodes, sampler.path("model")).path("inputs").path("ckpt_name"));
        if (samplers.size() > 1) {
            unknown.put("samplers", samplers.size() + ", of which the first was read");
        }
        return new PictureSettings("comfyui", request, unknown);
    }

    private static void putText(Map<String, String> texts, String name, JsonNode node) {
        if (node.isTextual()) {
            texts.put(name, node.textValue());
        }
    }

    private static JsonNode linked(JsonNode nodes, JsonNode link) {
        return link.isArray() ? nodes.path(link.path(0).asText()) : Json.object();
    }

    /** The text of the first text encoder on the way back from {@code link}. */
    private static String promptOf(JsonNode nodes, JsonNode link, int depth) {
        JsonNode node = linked(nodes, link);
        if (depth > 16 || node.isMissingNode()) {
            return "";
        }
        JsonNode text = node.path("inputs").path("text");
        if (text.isTextual()) {
            return text.textValue();
        }
        for (Map.Entry<String, JsonNode> input : node.path("inputs").properties()) {
            if (input.getValue().isArray()) {
                String found = promptOf(nodes, input.getValue(), depth + 1);
                if (!found.isEmpty()) {
                    return found;
                }
            }
        }
        return "";
    }

    /** These settings as the page reads them. */
    public ObjectNode json() {
        ObjectNode json = Json.object().put("writer", writer);
        json.set("request", request);
        ArrayNode names = json.putArray("unknown");
        new TreeMap<>(unknown)
                .forEach((name, value) -> names.addObject()
                        .put("name", name)
                        .put("value", value.length() > 200 ? value.substring(0, 200) + "…" : value));
        return json;
    }

    /** Who wrote them; the request holds the prompts. */
    @Override
    public String toString() {
        return "PictureSettings[" + writer.toLowerCase(Locale.ROOT) + "]";
    }
}
