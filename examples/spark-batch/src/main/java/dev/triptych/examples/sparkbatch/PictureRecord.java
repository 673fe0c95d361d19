package dev.triptych.examples.sparkbatch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * A row of the table of results, and the same as the JSON that the store keeps of it.
 *
 * @param key what the request is known by
 * @param state what became of it
 * @param path the picture's file within the store, where there is one
 * @param sha256 the picture's hash
 * @param seed the picture's seed
 * @param servedBy the generator that made it
 * @param warnings differences between what was asked and what was done
 * @param error why there is no picture
 * @param millis how long it took
 */
record PictureRecord(
        String key,
        PictureState state,
        Optional<String> path,
        Optional<String> sha256,
        Optional<Long> seed,
        Optional<String> servedBy,
        List<String> warnings,
        Optional<String> error,
        long millis) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** One without a picture. */
    static PictureRecord without(String key, PictureState state, String error, long millis) {
        return new PictureRecord(
                key,
                state,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(error),
                millis);
    }

    /** As a row of {@link PictureTable#RESULTS}. */
    Row row() {
        return RowFactory.create(
                key,
                state.word(),
                path.orElse(null),
                sha256.orElse(null),
                seed.orElse(null),
                servedBy.orElse(null),
                warnings.toArray(String[]::new),
                error.orElse(null),
                millis);
    }

    /** As JSON. */
    String json() {
        ObjectNode json = JSON.createObjectNode().put("key", key).put("state", state.name());
        path.ifPresent(value -> json.put("path", value));
        sha256.ifPresent(value -> json.put("sha256", value));
        seed.ifPresent(value -> json.put("seed", value));
        servedBy.ifPresent(value -> json.put("servedBy", value));
        ArrayNode texts = json.putArray("warnings");
        warnings.forEach(texts::add);
        error.ifPresent(value -> json.put("error", value));
        return json.put("millis", millis).toString();
    }

    /** What {@link #json()} wrote. */
    static PictureRecord parse(String json) throws JsonProcessingException {
        JsonNode tree = JSON.readTree(json);
        List<String> warnings = new ArrayList<>();
        tree.path("warnings").forEach(text -> warnings.add(text.asText()));
        return new PictureRecord(
                tree.path("key").asText(),
                PictureState.valueOf(tree.path("state").asText()),
                text(tree, "path"),
                text(tree, "sha256"),
                tree.has("seed") ? Optional.of(tree.path("seed").asLong()) : Optional.empty(),
                text(tree, "servedBy"),
                warnings,
                text(tree, "error"),
                tree.path("millis").asLong());
    }

    private static Optional<String> text(JsonNode tree, String name) {
        return tree.has(name) ? Optional.of(tree.path(name).asText()) : Optional.empty();
    }
}
