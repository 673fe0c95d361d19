package dev.triptych.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Job;
import dev.triptych.server.jobs.Progress;
import dev.triptych.server.pictures.PictureStore;
import java.util.Locale;
import java.util.Optional;

/** A job as the native API shows it. */
public final class JobJson {

    private JobJson() {}

    /** The JSON of {@code job}. */
    public static ObjectNode of(Job job, Optional<Progress> progress, PictureStore store) {
        ObjectNode json = Json.object()
                .put("id", job.id())
                .put("number", job.number())
                .put("status", job.status().word())
                .put("generator", job.generator())
                .put("createdAt", job.created().toString());
        job.started().ifPresent(at -> json.put("startedAt", at.toString()));
        job.ended().ifPresent(at -> json.put("endedAt", at.toString()));
        job.comparison().ifPresent(id -> json.put("comparison", id));
        JsonNode request = Json.parse(job.requestJson());
        json.set("request", request);
        if (request.has("inputs")) {
            ArrayNode inputs = json.putArray("inputs");
            request.path("inputs").forEach(sha256 -> inputs.add(store.idOf(sha256.asText())));
        }
        if (request.has("mask")) {
            json.put("mask", store.idOf(request.path("mask").asText()));
        }
        ArrayNode pictures = json.putArray("pictures");
        job.pictures().forEach(picture -> pictures.add(picture(picture)));
        ArrayNode warnings = json.putArray("warnings");
        job.warnings()
                .forEach(warning -> warnings.addObject()
                        .put("kind", warning.kind().name().toLowerCase(Locale.ROOT))
                        .put("field", warning.field())
                        .put("message", warning.message()));
        job.failure()
                .ifPresent(failure -> json.putObject("error")
                        .put("code", failure.code())
                        .put("message", failure.message())
                        .put("mayBeBilled", failure.mayBeBilled()));
        job.making().ifPresent(making -> made(json, making));
        progress.ifPresent(now -> json.set("progress", of(now, job.id())));
        return json;
    }

    private static ObjectNode picture(Job.Picture picture) {
        ObjectNode json = Json.object()
                .put("id", picture.id())
                .put("url", "/api/pictures/" + picture.id())
                .put("thumbnail", "/api/pictures/" + picture.id() + "/thumbnail")
                .put("mediaType", picture.mediaType())
                .put("width", picture.width())
                .put("height", picture.height())
                .put("bytes", picture.bytes());
        picture.seed().ifPresent(seed -> json.put("seed", seed));
        picture.revisedPrompt().ifPresent(prompt -> json.put("revisedPrompt", prompt));
        picture.imageId().ifPresent(id -> json.put("imageId", id));
        return json;
    }

    private static void made(ObjectNode json, Job.Making making) {
        json.putObject("servedBy")
                .put("name", making.generator())
                .put("provider", making.provider())
                .put("model", making.model())
                .put("local", making.local());
        json.set("effective", Json.parse(making.effectiveJson()));
        json.put("millis", making.millis()).put("cached", making.cached());
        making.cost()
                .ifPresent(cost -> json.putObject("cost")
                        .put("amount", cost.amount().toPlainString())
                        .put("currency", cost.currency())
                        .put("source", cost.source()));
    }

    /** How far a job is. */
    static ObjectNode of(Progress progress, String id) {
        ObjectNode json = Json.object()
                .put("phase", progress.phase().name().toLowerCase(Locale.ROOT))
                .put("position", progress.position())
                .put("step", progress.step())
                .put("total", progress.total());
        if (!progress.what().isEmpty()) {
            json.put("what", progress.what());
        }
        if (progress.fraction() >= 0) {
            json.put("fraction", progress.fraction());
        }
        if (progress.previews() > 0) {
            json.put("preview", "/api/jobs/" + id + "/preview?n=" + progress.previews());
        }
        progress.millisLeft().ifPresent(left -> json.put("millisLeft", left));
        if (!progress.fellBackTo().isEmpty()) {
            json.put("fellBackTo", progress.fellBackTo());
        }
        return json;
    }
}
