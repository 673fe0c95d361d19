package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * OpenRouter's images endpoint, which passes a request on to whoever serves the model. What a model honours and costs
 * is read from OpenRouter itself, once for each generator; where that cannot be had, a packaged row stands for any
 * model. What a call cost is in its answer.
 *
 * <p>Source: openrouter.ai, guides/overview/multimodal/image-generation and the images API reference, read 2026-11-30.
 */
final class OpenRouterProfile implements ServerProfile {

    private static final String EXTRA_OPTIONS = "openrouter.extra.";
    private static final String RESOLUTION = "openrouter.resolution";
    private static final String STREAM = "openrouter.stream";

    @Override
    public String id() {
        return "openrouter";
    }

    @Override
    public String vendor() {
        return "openrouter";
    }

    @Override
    public String defaultBaseUrl() {
        return ModelTable.vendor("openrouter").path("base-url").asText();
    }

    @Override
    public String defaultModel() {
        return ModelTable.vendor("openrouter").path("model").asText();
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    @Override
    public boolean tellsCost() {
        return true;
    }

    @Override
    public String resolutionOption() {
        return RESOLUTION;
    }

    @Override
    public Optional<HttpUrl> descriptor(ServerSettings settings) {
        return Optional.of(settings.resolve("/images/models")
                .newBuilder()
                .addPathSegments(settings.model())
                .addPathSegment("endpoints")
                .build());
    }

    @Override
    public JsonNode row(JsonNode descriptor) {
        return OpenRouterDescriptor.row(descriptor);
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        return settings.profile()
                .capabilities()
                .options("openrouter", Set.of(RESOLUTION, STREAM, EXTRA_OPTIONS + "*"))
                .previews(true);
    }

    @Override
    public ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        ModelProfile model = settings.profile();
        boolean takesPixels = model.honoured().contains(Parameter.SIZE);
        return takesPixels || model.ratios().isEmpty()
                ? request
                : Shapes.settle(request, model.ratios(), model.resolutions(), RESOLUTION, differences);
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        boolean streams = Boolean.parseBoolean(request.options().get(STREAM));
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("model", settings.model());
        body.put("prompt", request.prompt());
        body.put("n", request.count());
        request.size().ifPresent(size -> body.put("size", size.toString()));
        request.aspectRatio().ifPresent(ratio -> body.put("aspect_ratio", ratio.toString()));
        putIfGiven(body, "resolution", request.options().get(RESOLUTION));
        request.quality().ifPresent(quality -> body.put("quality", quality));
        request.background().ifPresent(background -> body.put("background", background));
        request.outputFormat().ifPresent(format -> body.put("output_format", format));
        request.compression().ifPresent(percent -> body.put("output_compression", percent));
        request.seed().ifPresent(seed -> body.put("seed", seed));
        writeInputs(body, request, settings, differences);
        if (streams) {
            body.put("stream", true);
        }
        request.options().forEach((key, value) -> {
            if (key.startsWith(EXTRA_OPTIONS)) {
                body.set(key.substring(EXTRA_OPTIONS.length()), Json.scalarOrTree(value));
            }
        });
        Json.overlay(body, settings.options());
        Map<String, String> headers = new LinkedHashMap<>(Credentials.bearer(settings));
        headers.put("Accept", streams ? "text/event-stream, application/json" : "application/json");
        return new ApiCall(
                settings.resolve("/images"), headers, new ApiCall.Json(Json.bytes(body)), Set.of(), senders(request));
    }

    private static void putIfGiven(ObjectNode body, String field, @Nullable String value) {
        if (value != null) {
            body.put(field, value);
        }
    }

    private static void writeInputs(
            ObjectNode body, ImageRequest request, ServerSettings settings, Differences differences) {
        if (request.inputs().isEmpty()) {
            return;
        }
        ArrayNode references = body.putArray("input_references");
        for (InputConverter.Picture picture : new InputConverter(
                        settings.profile().inputs(), differences)
                .convert(request)
                .images()) {
            references
                    .addObject()
                    .put("type", "image_url")
                    .putObject("image_url")
                    .put("url", picture.dataUrl());
        }
    }

    private static Map<String, String> senders(ImageRequest request) {
        Map<String, String> senders = new LinkedHashMap<>();
        request.size().ifPresent(size -> senders.put("size", "size"));
        request.aspectRatio().ifPresent(ratio -> senders.put("aspect_ratio", "aspectRatio"));
        request.quality().ifPresent(quality -> senders.put("quality", "quality"));
        request.background().ifPresent(background -> senders.put("background", "background"));
        request.outputFormat().ifPresent(format -> senders.put("output_format", "outputFormat"));
        request.seed().ifPresent(seed -> senders.put("seed", "seed"));
        if (request.options().containsKey(RESOLUTION)) {
            senders.put("resolution", "option " + RESOLUTION);
        }
        return senders;
    }
}
