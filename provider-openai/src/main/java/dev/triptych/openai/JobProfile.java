package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;

/** What the servers have in common that take jobs: their models are rows of the table, with names for the fields. */
abstract class JobProfile implements ServerProfile, JobDialect {

    private final String id;

    /** The server that the table calls {@code id}. */
    JobProfile(String id) {
        this.id = id;
    }

    @Override
    public final String id() {
        return id;
    }

    @Override
    public final String vendor() {
        return id;
    }

    @Override
    public final String defaultBaseUrl() {
        return ModelTable.vendor(id).path("base-url").asText();
    }

    @Override
    public final String defaultModel() {
        return ModelTable.vendor(id).path("model").asText();
    }

    @Override
    public final boolean needsKey() {
        return true;
    }

    @Override
    public final Optional<JobDialect> jobs() {
        return Optional.of(this);
    }

    /** The prefix of options that are fields of the body as they are: {@code "fal.extra."}. */
    private String extra() {
        return id + ".extra.";
    }

    @Override
    public final Capabilities.Builder capabilities(ServerSettings settings) {
        return settings.profile().capabilities().options(id, Set.of(extra() + "*"));
    }

    /** Where the server takes shapes, a size is the nearest one. */
    @Override
    public final ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        ModelProfile model = settings.profile();
        return model.honoured().contains(Parameter.SIZE) || model.ratios().isEmpty()
                ? request
                : Shapes.settle(request, model.ratios(), differences);
    }

    /** Where a job of the model is submitted. */
    abstract HttpUrl submitUrl(ServerSettings settings);

    /** The body around the {@code fields} of the model. */
    ObjectNode body(ObjectNode fields, ServerSettings settings) {
        return fields;
    }

    @Override
    public final ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        ObjectNode fields = Json.MAPPER.createObjectNode();
        JobFields writer = new JobFields(fields, settings.profile().fields());
        writer.write(request, settings, differences);
        request.options().forEach((key, value) -> {
            if (key.startsWith(extra())) {
                fields.set(key.substring(extra().length()), Json.scalarOrTree(value));
            }
        });
        Json.overlay(fields, settings.options());
        Map<String, String> headers = new LinkedHashMap<>(credentials(settings));
        headers.put("Accept", "application/json");
        return new ApiCall(
                submitUrl(settings),
                headers,
                new ApiCall.Json(Json.bytes(body(fields, settings))),
                Set.of(),
                writer.senders());
    }

    /** The text of {@code field}, which must be there. */
    static String required(JsonNode answer, String field) {
        String text = answer.path(field).asText("");
        if (text.isEmpty()) {
            throw new IllegalArgumentException(field + " must be set but was not");
        }
        return text;
    }
}
