package dev.triptych.server.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Cost;
import dev.triptych.GenerationWarning;
import dev.triptych.server.http.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A job as the JSON that a store keeps, and back. */
final class JobCodec {

    private JobCodec() {}

    static String write(Job job) {
        ObjectNode json = Json.object()
                .put("id", job.id())
                .put("number", job.number())
                .put("generator", job.generator())
                .put("request", job.requestJson())
                .put("client", job.client())
                .put("status", job.status().name())
                .put("created", job.created().toString());
        job.idempotencyKey().ifPresent(key -> json.put("key", key));
        job.comparison().ifPresent(id -> json.put("comparison", id));
        job.started().ifPresent(at -> json.put("started", at.toString()));
        job.ended().ifPresent(at -> json.put("ended", at.toString()));
        ArrayNode pictures = json.putArray("pictures");
        job.pictures().forEach(picture -> writePicture(pictures.addObject(), picture));
        ArrayNode warnings = json.putArray("warnings");
        job.warnings()
                .forEach(warning -> warnings.addObject()
                        .put("kind", warning.kind().name())
                        .put("field", warning.field())
                        .put("message", warning.message()));
        job.failure()
                .ifPresent(failure -> json.putObject("failure")
                        .put("code", failure.code())
                        .put("message", failure.message())
                        .put("mayBeBilled", failure.mayBeBilled()));
        job.making().ifPresent(making -> writeMaking(json.putObject("making"), making));
        return Json.text(json);
    }

    private static void writePicture(ObjectNode json, Job.Picture picture) {
        json.put("id", picture.id())
                .put("sha256", picture.sha256())
                .put("mediaType", picture.mediaType())
                .put("width", picture.width())
                .put("height", picture.height())
                .put("bytes", picture.bytes());
        picture.seed().ifPresent(seed -> json.put("seed", seed));
        picture.revisedPrompt().ifPresent(prompt -> json.put("revisedPrompt", prompt));
        picture.imageId().ifPresent(id -> json.put("imageId", id));
    }

    private static void writeMaking(ObjectNode json, Job.Making making) {
        json.put("generator", making.generator())
                .put("provider", making.provider())
                .put("model", making.model())
                .put("local", making.local())
                .put("effective", making.effectiveJson())
                .put("millis", making.millis())
                .put("cached", making.cached());
        making.cost()
                .ifPresent(cost -> json.putObject("cost")
                        .put("amount", cost.amount().toPlainString())
                        .put("currency", cost.currency())
                        .put("source", cost.source()));
    }

    /**
     * The job that {@code text} holds.
     *
     * @throws RuntimeException if it holds something else
     */
    static Job read(String text) {
        JsonNode json = Json.parse(text);
        List<Job.Picture> pictures = new ArrayList<>();
        json.path("pictures").forEach(picture -> pictures.add(readPicture(picture)));
        List<GenerationWarning> warnings = new ArrayList<>();
        json.path("warnings")
                .forEach(warning -> warnings.add(new GenerationWarning(
                        GenerationWarning.Kind.valueOf(required(warning, "kind")),
                        required(warning, "field"),
                        required(warning, "message"))));
        return new Job(
                required(json, "id"),
                json.path("number").asLong(),
                required(json, "generator"),
                required(json, "request"),
                required(json, "client"),
                text(json, "key"),
                text(json, "comparison"),
                JobStatus.valueOf(required(json, "status")),
                Instant.parse(required(json, "created")),
                text(json, "started").map(Instant::parse),
                text(json, "ended").map(Instant::parse),
                pictures,
                warnings,
                json.has("failure") ? Optional.of(readFailure(json.path("failure"))) : Optional.empty(),
                json.has("making") ? Optional.of(readMaking(json.path("making"))) : Optional.empty());
    }

    private static Job.Picture readPicture(JsonNode json) {
        return new Job.Picture(
                required(json, "id"),
                required(json, "sha256"),
                required(json, "mediaType"),
                json.path("width").asInt(),
                json.path("height").asInt(),
                json.path("bytes").asLong(),
                json.has("seed") ? OptionalLong.of(json.path("seed").asLong()) : OptionalLong.empty(),
                text(json, "revisedPrompt"),
                text(json, "imageId"));
    }

    private static Job.Failure readFailure(JsonNode json) {
        return new Job.Failure(
                required(json, "code"),
                required(json, "message"),
                json.path("mayBeBilled").asBoolean());
    }

    private static Job.Making readMaking(JsonNode json) {
        JsonNode cost = json.path("cost");
        return new Job.Making(
                required(json, "generator"),
                required(json, "provider"),
                required(json, "model"),
                json.path("local").asBoolean(),
                required(json, "effective"),
                json.path("millis").asLong(),
                json.path("cached").asBoolean(),
                cost.isObject()
                        ? Optional.of(new Cost(
                                new BigDecimal(required(cost, "amount")),
                                required(cost, "currency"),
                                required(cost, "source")))
                        : Optional.empty());
    }

    private static String required(JsonNode json, String name) {
        JsonNode value = json.path(name);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("job must have the text " + name + " but has none");
        }
        return value.textValue();
    }

    private static Optional<String> text(JsonNode json, String name) {
        JsonNode value = json.path(name);
        return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }
}
