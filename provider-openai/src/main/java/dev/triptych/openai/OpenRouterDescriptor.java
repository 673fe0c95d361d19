package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns what OpenRouter says of a model's endpoints into a row of our table. Each parameter has a descriptor: an enum
 * of words, a range of numbers, or merely that it is there; a parameter without one is not taken. What several
 * endpoints offer is joined, since OpenRouter chooses among them by the request.
 */
final class OpenRouterDescriptor {

    /** Their names of our settings. */
    private static final Map<String, String> HONOURED = Map.of(
            "aspect_ratio", "aspect-ratio",
            "size", "size",
            "quality", "quality",
            "background", "background",
            "output_format", "output-format",
            "output_compression", "compression",
            "seed", "seed");

    /** The areas that their words for a resolution stand for. */
    private static final Map<String, Long> AREAS =
            Map.of("512", 512L * 512, "1K", 1024L * 1024, "2K", 2048L * 2048, "4K", 4096L * 4096);

    private static final Set<String> OUTPUT = Set.of("output_image", "image", "image_output");

    private OpenRouterDescriptor() {}

    /** The row that {@code descriptor} describes; fields that it says nothing of are missing. */
    static JsonNode row(JsonNode descriptor) {
        JsonNode endpoints =
                descriptor.has("data") ? descriptor.path("data").path("endpoints") : descriptor.path("endpoints");
        Map<String, JsonNode> parameters = new LinkedHashMap<>();
        for (JsonNode endpoint : endpoints) {
            endpoint.path("supported_parameters")
                    .properties()
                    .forEach(each -> parameters.merge(each.getKey(), each.getValue(), OpenRouterDescriptor::joined));
        }
        ObjectNode row = Json.MAPPER.createObjectNode();
        if (parameters.isEmpty()) {
            return row;
        }
        ArrayNode honours = row.putArray("honours");
        HONOURED.forEach((theirs, ours) -> {
            if (parameters.containsKey(theirs)) {
                honours.add(ours);
            }
        });
        putWords(row, "ratios", parameters.get("aspect_ratio"), "\\d+:\\d+");
        putWords(row, "qualities", parameters.get("quality"), ".*");
        putWords(row, "backgrounds", parameters.get("background"), ".*");
        putWords(row, "formats", parameters.get("output_format"), ".*");
        putResolutions(row, parameters.get("resolution"));
        row.put("max-images", most(parameters.get("n"), 1));
        int inputs = most(parameters.get("input_references"), parameters.containsKey("input_references") ? 1 : 0);
        row.put("max-inputs", inputs);
        ArrayNode operations = row.putArray("operations").add("text-to-image");
        if (inputs > 0) {
            operations.add("image-to-image");
        }
        putPrice(row, endpoints);
        return row;
    }

    /** An endpoint more widens an enum or a range. */
    private static JsonNode joined(JsonNode first, JsonNode second) {
        ObjectNode both = first.deepCopy();
        if (both.path("values") instanceof ArrayNode values) {
            second.path("values").forEach(value -> {
                if (!contains(values, value)) {
                    values.add(value);
                }
            });
        }
        if (second.path("max").asInt(0) > both.path("max").asInt(0)) {
            both.set("max", second.path("max"));
        }
        return both;
    }

    private static boolean contains(ArrayNode values, JsonNode wanted) {
        for (JsonNode value : values) {
            if (value.equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static void putWords(ObjectNode row, String field, @Nullable JsonNode descriptor, String form) {
        ArrayNode words = row.putArray(field);
        if (descriptor != null) {
            descriptor.path("values").forEach(value -> {
                if (value.asText().matches(form)) {
                    words.add(value.asText());
                }
            });
        }
    }

    private static void putResolutions(ObjectNode row, @Nullable JsonNode descriptor) {
        ObjectNode resolutions = row.putObject("resolutions");
        if (descriptor != null) {
            descriptor.path("values").forEach(value -> {
                Long area = AREAS.get(value.asText());
                if (area != null) {
                    resolutions.put(value.asText(), area);
                }
            });
        }
    }

    private static int most(@Nullable JsonNode descriptor, int standard) {
        return descriptor == null ? standard : descriptor.path("max").asInt(standard);
    }

    /** For a picture, where all that is said goes by the picture: other units are told by the answer alone. */
    private static void putPrice(ObjectNode row, JsonNode endpoints) {
        ObjectNode perImage = Json.MAPPER.createObjectNode();
        for (JsonNode endpoint : endpoints) {
            for (JsonNode price : endpoint.path("pricing")) {
                if (OUTPUT.contains(price.path("billable").asText())
                        && price.path("unit").asText().equals("image")) {
                    perImage.put(
                            price.path("variant").asText(""),
                            price.path("cost_usd").asText());
                }
            }
        }
        if (!perImage.isEmpty()) {
            row.putObject("price").set("per-image", perImage);
        }
    }
}
