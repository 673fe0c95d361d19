package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * Replicate's predictions: {@code POST BASE/models/OWNER/NAME/predictions}, or {@code BASE/predictions} with the
 * version of a model {@code OWNER/NAME:VERSION}, accepts a job; {@code urls.get} says how far it is and names its
 * pictures, {@code POST urls.cancel} stops it. A model takes what its own schema says, below {@code input}.
 *
 * <p>Source: replicate.com, HTTP API reference, read 2026-11-30.
 */
final class ReplicateProfile extends JobProfile {

    ReplicateProfile() {
        super("replicate");
    }

    @Override
    public Map<String, String> credentials(ServerSettings settings) {
        return Credentials.bearer(settings);
    }

    private static String version(ServerSettings settings) {
        int colon = settings.model().indexOf(':');
        return colon < 0 ? "" : settings.model().substring(colon + 1);
    }

    @Override
    HttpUrl submitUrl(ServerSettings settings) {
        HttpUrl.Builder url = settings.baseUrl().newBuilder();
        if (version(settings).isEmpty()) {
            url.addPathSegment("models").addPathSegments(settings.model());
        }
        return url.addPathSegment("predictions").build();
    }

    @Override
    ObjectNode body(ObjectNode fields, ServerSettings settings) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        if (!version(settings).isEmpty()) {
            body.put("version", version(settings));
        }
        body.set("input", fields);
        return body;
    }

    @Override
    public JobTicket ticket(JsonNode answer, ServerSettings settings) {
        String id = required(answer, "id");
        HttpUrl own = settings.baseUrl()
                .newBuilder()
                .addPathSegment("predictions")
                .addPathSegment(id)
                .build();
        HttpUrl cancel = own.newBuilder().addPathSegment("cancel").build();
        JsonNode urls = answer.path("urls");
        return new JobTicket(
                id,
                address(urls.path("get").asText(""), own, settings),
                "",
                address(urls.path("cancel").asText(""), cancel, settings),
                Optional.empty());
    }

    @Override
    public JobState state(JsonNode status, JobErrors errors) {
        String words = status.path("error").asText("");
        return switch (status.path("status").asText("")) {
            case "succeeded" -> new JobState.Done(Optional.of(status));
            case "failed" ->
                new JobState.Failed(
                        words.toLowerCase(Locale.ROOT).contains("nsfw")
                                ? errors.refused("NSFW")
                                : errors.failed(words));
            case "canceled", "aborted" -> new JobState.Failed(errors.failed("it was cancelled"));
            case "starting", "processing" ->
                new JobState.Waiting(ProgressWords.in(status.path("logs").asText("")));
            default ->
                status.has("detail") && !status.has("status")
                        ? new JobState.Failed(errors.gone(status.path("detail").asText("")))
                        : new JobState.Waiting(Optional.empty());
        };
    }

    @Override
    public ImagesAnswer pictures(JsonNode result, JobErrors errors) {
        JsonNode output = result.path("output");
        List<ImagesAnswer.Item> items = new ArrayList<>();
        if (output.isTextual()) {
            items.add(JobPictures.item(output.asText(), ImagesAnswer.Notes.NONE, errors));
        }
        for (JsonNode each : output.isArray() ? output : result.path("-")) {
            items.add(JobPictures.item(each.asText(""), ImagesAnswer.Notes.NONE, errors));
        }
        if (items.isEmpty()) {
            throw errors.empty("names none");
        }
        return new ImagesAnswer(items, Optional.empty(), List.of());
    }

    @Override
    public String cancelMethod() {
        return "POST";
    }
}
