package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.AspectRatio;
import dev.triptych.NearestNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What hosted models honour and cost and when they end: one table, {@code hosted.json}, with the day on which its
 * sources were read. A row may be {@code like} another and say only what differs; a model's dated snapshots share its
 * row; the row of a vendor without an id stands for all of its models, and {@code *} for a model of tomorrow: any size
 * and any word is passed on.
 */
final class ModelTable {

    private static final JsonNode TABLE = read();

    /** The day on which the sources were read. */
    static final String DATE = TABLE.path("date").asText();

    private static final Pattern SNAPSHOT = Pattern.compile("-\\d{4}-\\d{2}-\\d{2}$");

    private static final String ANY = "*";

    /** What a row may say, and the configuration too. */
    private static final Set<String> FIELDS = Set.of(
            "ends",
            "operations",
            "max-images",
            "max-inputs",
            "max-prompt",
            "sizes",
            "ratios",
            "resolutions",
            "honours",
            "qualities",
            "styles",
            "backgrounds",
            "formats",
            "options",
            "fields",
            "inputs",
            "price");

    /** By vendor and id, in the table's order. */
    private static final Map<String, ObjectNode> ROWS = rows();

    private ModelTable() {}

    private static JsonNode read() {
        try (InputStream in = Objects.requireNonNull(ModelTable.class.getResourceAsStream("hosted.json"))) {
            return Json.MAPPER.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException("hosted.json is part of this library", e);
        }
    }

    /** Each row whole, what it is like filled in. */
    private static Map<String, ObjectNode> rows() {
        Map<String, ObjectNode> byId = new LinkedHashMap<>();
        Map<String, ObjectNode> rows = new LinkedHashMap<>();
        for (JsonNode said : TABLE.path("models")) {
            ObjectNode row = said.has("like")
                    ? Objects.requireNonNull(byId.get(said.path("like").asText()))
                            .deepCopy()
                    : Json.MAPPER.createObjectNode();
            row.setAll((ObjectNode) said);
            byId.put(said.path("id").asText(), row);
            rows.put(key(row.path("vendor").asText(), row.path("id").asText()), row);
        }
        return rows;
    }

    private static String key(String vendor, String id) {
        return vendor + "/" + id;
    }

    /** OpenAI's profile of {@code model}. */
    static ModelProfile profileOf(String model) {
        return profileOf("openai", model, true, Map.of());
    }

    /**
     * The profile of {@code vendor}'s {@code model}, or of its undated name; a permissive one where the table has
     * neither.
     *
     * @param own whether the vendor serves it himself, so that the table's price and end are his
     * @param overrides fields of the row that the configuration knows better
     * @throws IllegalArgumentException if one of them cannot be read
     */
    static ModelProfile profileOf(String vendor, String model, boolean own, Map<String, ?> overrides) {
        return profileOf(vendor, model, own, Json.MAPPER.createObjectNode(), overrides);
    }

    /** The same where the server itself has {@code described} the model: that goes before our table. */
    static ModelProfile profileOf(
            String vendor, String model, boolean own, JsonNode described, Map<String, ?> overrides) {
        String undated = SNAPSHOT.matcher(model).replaceFirst("");
        Optional<ObjectNode> known = row(vendor, model)
                .or(() -> row(vendor, undated))
                .or(() -> model.isEmpty() ? Optional.empty() : row(vendor, ""));
        ObjectNode row = known.orElseGet(() -> row("", ANY).orElseThrow()).deepCopy();
        boolean named = known.isPresent() && !row.path("id").asText().isEmpty();
        if (!own) {
            row.remove(List.of("price", "ends"));
        }
        described.properties().forEach(field -> row.set(field.getKey(), field.getValue()));
        requireKnown(overrides);
        overrides.forEach((field, value) -> row.set(field, Json.MAPPER.<JsonNode>valueToTree(Json.ofSetting(value))));
        return ModelProfile.of(row, named ? row.path("id").asText() : model, known.isPresent() || !overrides.isEmpty());
    }

    private static void requireKnown(Map<String, ?> overrides) {
        overrides.keySet().stream()
                .filter(field -> !FIELDS.contains(field))
                .findFirst()
                .ifPresent(field -> {
                    throw new IllegalArgumentException("capabilities." + field + " is not known; known are "
                            + String.join(", ", NearestNames.to(field, FIELDS)) + ", the nearest first");
                });
    }

    private static Optional<ObjectNode> row(String vendor, String id) {
        return Optional.ofNullable(ROWS.get(key(vendor, id)));
    }

    /** OpenAI's profiles, oldest first. */
    static List<ModelProfile> profiles() {
        return profiles("openai");
    }

    /** All profiles of {@code vendor}. */
    static List<ModelProfile> profiles(String vendor) {
        return ROWS.values().stream()
                .filter(row -> row.path("vendor").asText().equals(vendor))
                .map(row -> ModelProfile.of(row, row.path("id").asText(), true))
                .toList();
    }

    /** The table for a person: its day, then a line for each model. */
    static List<String> described() {
        List<String> lines = new ArrayList<>();
        lines.add("as of " + DATE);
        for (JsonNode vendor : vendors()) {
            for (ModelProfile model : profiles(vendor.path("id").asText())) {
                lines.add(described(vendor.path("id").asText(), model));
            }
        }
        return lines;
    }

    private static String described(String vendor, ModelProfile model) {
        String sizes = !model.ratios().isEmpty()
                ? "shapes " + model.ratios().stream().map(AspectRatio::toString).collect(Collectors.joining(" "))
                        + (model.resolutions().isEmpty()
                                ? ""
                                : " at " + String.join(" ", model.resolutions().keySet()))
                : model.sizes().maxEdge() == Integer.MAX_VALUE
                                && model.sizes().fixed().isEmpty()
                        ? "any size"
                        : model.sizes().describe();
        return "%s  %s  %d a call, %d inputs  %s%s%s"
                .formatted(
                        vendor,
                        model.id().isEmpty() ? "any model" : model.id(),
                        model.maxImages(),
                        model.maxInputs(),
                        sizes,
                        model.price().map(price -> "  " + price.describe()).orElse(""),
                        model.ends().map(day -> "  ends " + day).orElse(""));
    }

    /** What is known of the servers, in order: {@code id}, {@code name}, {@code base-url}, {@code model}, … */
    static List<JsonNode> vendors() {
        return StreamSupport.stream(TABLE.path("vendors").spliterator(), false).toList();
    }

    /** What is known of the server {@code id}. */
    static JsonNode vendor(String id) {
        return vendors().stream()
                .filter(vendor -> vendor.path("id").asText().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no vendor in the table is called " + id));
    }
}
