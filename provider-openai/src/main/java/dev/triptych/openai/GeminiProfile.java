package dev.triptych.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import okhttp3.HttpUrl;

/**
 * Gemini's own API, and Vertex's, whose body is the same: {@code POST BASE/models/MODEL:generateContent} with text and
 * pictures as parts of one turn gives one picture. It takes shapes and a word for the area in place of sizes, and no
 * mask.
 *
 * <p>A picture's id is the {@code thoughtSignature} that came with it. A request that refers to it, with the picture
 * itself as its first input, goes on from there: the picture and its signature become the model's own turn.
 *
 * <p>Source: ai.google.dev, image generation and generateContent, read 2026-11-30.
 */
final class GeminiProfile implements ServerProfile {

    private static final String EXTRA_OPTIONS = "gemini.extra.";
    private static final String RESOLUTION = "gemini.resolution";
    private static final String STREAM = "gemini.stream";

    /** A turn of the caller's must come first. */
    private static final String EARLIER = "This picture was made earlier.";

    @Override
    public String id() {
        return "gemini";
    }

    @Override
    public String vendor() {
        return "gemini";
    }

    @Override
    public String defaultBaseUrl() {
        return ModelTable.vendor("gemini").path("base-url").asText();
    }

    @Override
    public String defaultModel() {
        return ModelTable.vendor("gemini").path("model").asText();
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    @Override
    public boolean takesReferences() {
        return true;
    }

    @Override
    public String resolutionOption() {
        return RESOLUTION;
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        return settings.profile()
                .capabilities()
                .options("gemini", Set.of(RESOLUTION, STREAM, EXTRA_OPTIONS + "*"))
                .previews(true);
    }

    @Override
    public ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        if (request.mask().isPresent()) {
            throw differences.unsupported("mask must not be given, since gemini takes none, but was");
        }
        if (request.prompt().isBlank()) {
            throw differences.unsupported("prompt must say what to paint but was empty");
        }
        if (request.reference().isPresent()) {
            if (request.reference().get().operation() != Operation.VARIATION) {
                throw differences.unsupported("reference must ask for a variation but asked for "
                        + request.reference().get().operation());
            }
            if (request.inputs().isEmpty()) {
                throw differences.unsupported(
                        "reference needs the picture that it is to as the first input, since gemini keeps none");
            }
        }
        return Shapes.settle(
                request, settings.profile().ratios(), settings.profile().resolutions(), RESOLUTION, differences);
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        boolean streams = Boolean.parseBoolean(request.options().get(STREAM));
        HttpUrl url = settings.resolve("/models/" + ServerSettings.encoded(settings.model())
                + (streams ? ":streamGenerateContent?alt=sse" : ":generateContent"));
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.set("contents", contents(request, settings, differences));
        body.set("generationConfig", generationConfig(request));
        Json.overlay(body, settings.options());
        Map<String, String> headers = new LinkedHashMap<>(credentials(settings));
        headers.put("Accept", streams ? "text/event-stream, application/json" : "application/json");
        return new ApiCall(url, headers, new ApiCall.Json(Json.bytes(body)), Set.of(), senders(request));
    }

    private static Map<String, String> credentials(ServerSettings settings) {
        if (settings.bearerToken().isPresent()) {
            return Credentials.bearer(settings); // Vertex
        }
        String key = Credentials.secret(settings);
        return key.isEmpty() ? Map.of() : Map.of("x-goog-api-key", key);
    }

    private static ArrayNode contents(ImageRequest request, ServerSettings settings, Differences differences) {
        List<InputConverter.Picture> pictures =
                new ArrayList<>(new InputConverter(settings.profile().inputs(), differences)
                        .convert(request)
                        .images());
        ArrayNode contents = Json.MAPPER.createArrayNode();
        request.reference().map(ImageReference::imageId).ifPresent(signature -> {
            turn(contents, "user").addObject().put("text", EARLIER);
            ObjectNode earlier = part(turn(contents, "model"), pictures.remove(0));
            earlier.put("thoughtSignature", signature);
        });
        ArrayNode parts = turn(contents, "user");
        parts.addObject().put("text", request.prompt());
        pictures.forEach(picture -> part(parts, picture));
        return contents;
    }

    private static ArrayNode turn(ArrayNode contents, String role) {
        return contents.addObject().put("role", role).putArray("parts");
    }

    private static ObjectNode part(ArrayNode parts, InputConverter.Picture picture) {
        ObjectNode part = parts.addObject();
        part.putObject("inlineData").put("mimeType", picture.mediaType()).put("data", picture.base64());
        return part;
    }

    private static ObjectNode generationConfig(ImageRequest request) {
        ObjectNode config = Json.MAPPER.createObjectNode();
        config.putArray("responseModalities").add("IMAGE");
        request.seed().ifPresent(seed -> config.put("seed", seed));
        ObjectNode image = Json.MAPPER.createObjectNode();
        request.aspectRatio().ifPresent(ratio -> image.put("aspectRatio", ratio.toString()));
        String resolution = request.options().get(RESOLUTION);
        if (resolution != null) {
            image.put("imageSize", resolution);
        }
        if (!image.isEmpty()) {
            config.set("imageConfig", image);
        }
        request.options().forEach((key, value) -> {
            if (key.startsWith(EXTRA_OPTIONS)) {
                config.set(key.substring(EXTRA_OPTIONS.length()), Json.scalarOrTree(value));
            }
        });
        return config;
    }

    private static Map<String, String> senders(ImageRequest request) {
        Map<String, String> senders = new LinkedHashMap<>();
        request.seed().ifPresent(seed -> senders.put("seed", Parameter.SEED.field()));
        if (request.options().containsKey(RESOLUTION)) {
            senders.put("image_size", "option " + RESOLUTION);
        }
        return senders;
    }

    @Override
    public ImagesAnswer decode(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview)
            throws IOException {
        return GeminiAnswerReader.read(answer, maxImageBytes, errors, preview);
    }
}
