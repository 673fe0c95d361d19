package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;

/**
 * fal's queue: {@code POST BASE/MODEL} accepts a job, {@code status_url} says its place in the queue and then what its
 * log says, {@code response_url} names the pictures, {@code PUT cancel_url} stops it.
 *
 * <p>Source: docs.fal.ai, model endpoints and the queue, read 2026-11-30.
 */
final class FalProfile extends JobProfile {

    FalProfile() {
        super("fal");
    }

    @Override
    public Map<String, String> credentials(ServerSettings settings) {
        if (settings.bearerToken().isPresent()) {
            return Credentials.bearer(settings);
        }
        String key = Credentials.secret(settings);
        return key.isEmpty() ? Map.of() : Map.of("Authorization", "Key " + key);
    }

    @Override
    HttpUrl submitUrl(ServerSettings settings) {
        return settings.baseUrl().newBuilder().addPathSegments(settings.model()).build();
    }

    @Override
    public JobTicket ticket(JsonNode answer, ServerSettings settings) {
        String id = required(answer, "request_id");
        // Below the application alone: what stands behind it in a model's name is a path of the submit.
        String[] names = settings.model().split("/", 3);
        HttpUrl own = settings.baseUrl()
                .newBuilder()
                .addPathSegment(names[0])
                .addPathSegments(names.length > 1 ? names[1] + "/requests" : "requests")
                .addPathSegment(id)
                .build();
        HttpUrl status = own.newBuilder().addPathSegment("status").build();
        HttpUrl cancel = own.newBuilder().addPathSegment("cancel").build();
        return new JobTicket(
                id,
                withLogs(address(answer.path("status_url").asText(""), status, settings)),
                address(answer.path("response_url").asText(""), own, settings),
                address(answer.path("cancel_url").asText(""), cancel, settings),
                Optional.empty());
    }

    private static String withLogs(String url) {
        return HttpUrl.get(url).newBuilder().setQueryParameter("logs", "1").toString();
    }

    @Override
    public JobState state(JsonNode status, JobErrors errors) {
        JsonNode detail = status.path("detail");
        if (!detail.isMissingNode()) {
            return new JobState.Failed(error(detail, errors));
        }
        return switch (status.path("status").asText("")) {
            case "COMPLETED" ->
                status.hasNonNull("error")
                        ? new JobState.Failed(errors.failed(status.path("error").asText()))
                        : new JobState.Done(Optional.empty());
            case "IN_QUEUE" ->
                new JobState.Waiting(Optional.of(
                        new GenerationEvent.Queued(status.path("queue_position").asInt(0))));
            default -> new JobState.Waiting(ProgressWords.in(lastLog(status.path("logs"))));
        };
    }

    private static String lastLog(JsonNode logs) {
        return logs.isArray() && !logs.isEmpty()
                ? logs.get(logs.size() - 1).path("message").asText("")
                : "";
    }

    /** A sentence, or FastAPI's list of what is wrong with the input, refusals among it. */
    private static ImageGenerationException error(JsonNode detail, JobErrors errors) {
        String type = detail.path(0).path("type").asText("");
        String words = detail.isTextual()
                ? detail.asText()
                : detail.path(0).path("msg").asText("");
        return type.equals("content_policy_violation") ? errors.refused(type) : errors.failed(words);
    }

    @Override
    public ImagesAnswer pictures(JsonNode result, JobErrors errors) {
        if (result.has("detail")) {
            throw error(result.path("detail"), errors);
        }
        JsonNode images = result.has("images") ? result.path("images") : result.path("image");
        List<ImagesAnswer.Item> items = new ArrayList<>();
        if (images.isArray()) {
            for (int i = 0; i < images.size(); i++) {
                items.add(item(images.get(i), i, result, errors));
            }
        } else if (images.isObject()) {
            items.add(item(images, 0, result, errors));
        }
        if (items.isEmpty()) {
            throw errors.empty("names none");
        }
        return new ImagesAnswer(items, Optional.empty(), List.of());
    }

    private static ImagesAnswer.Item item(JsonNode image, int index, JsonNode result, JobErrors errors) {
        if (result.path("has_nsfw_concepts").path(index).asBoolean()) {
            return new ImagesAnswer.Refused(errors.refused("has_nsfw_concepts"));
        }
        String url = image.path("url").asText("");
        if (url.isEmpty()) {
            return new ImagesAnswer.Refused(errors.empty("picture " + (index + 1) + " has no url"));
        }
        JsonNode seed = result.path("seed");
        return JobPictures.item(
                url,
                new ImagesAnswer.Notes(
                        null, index == 0 && seed.isIntegralNumber() ? Long.valueOf(seed.asLong()) : null),
                errors);
    }

    @Override
    public String cancelMethod() {
        return "PUT";
    }
}
