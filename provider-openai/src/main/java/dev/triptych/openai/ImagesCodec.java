package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import okhttp3.HttpUrl;

/**
 * Writes one request of the images API: JSON for generations, a form for edits and variations. Serves one call.
 *
 * <p>Fields stand in the order of OpenAI's reference; what was not asked for is not sent, so that the server's defaults
 * apply, and nothing is ever null, which strict servers reject.
 */
final class ImagesCodec {

    /** Options below this are sent as they are: {@code openai.extra.seed} as {@code seed}. */
    static final String EXTRA_OPTIONS = "openai.extra.";

    /** The word for the area, where a server takes shapes. */
    static final String RESOLUTION = EXTRA_OPTIONS + "resolution";

    private final ImageRequest request;
    private final ServerSettings settings;
    private final Differences differences;
    private final Capabilities capabilities;
    private final ObjectNode body = Json.MAPPER.createObjectNode();
    private ImagesDialect dialect = ImagesDialect.OPENAI;
    private boolean asBase64;

    ImagesCodec(ImageRequest request, ServerSettings settings, Differences differences) {
        this.request = request;
        this.settings = settings;
        this.differences = differences;
        this.capabilities = settings.profile().capabilities().build();
    }

    /** Where a request of this kind goes, below the base URL. */
    static String path(ImageRequest request) {
        return switch (request.operation()) {
            // A picture that is only referred to is sent as one to edit: the API has no other place for it.
            case TEXT_TO_IMAGE -> request.inputs().isEmpty() ? "/images/generations" : "/images/edits";
            case VARIATION, UPSCALE -> "/images/variations";
            case IMAGE_TO_IMAGE, INPAINTING -> "/images/edits";
        };
    }

    /** Writes for a server that differs from OpenAI. */
    ImagesCodec in(ImagesDialect value) {
        dialect = value;
        return this;
    }

    /** Asks models that the table does not know for base64 in so many words. */
    ImagesCodec asBase64() {
        asBase64 = true;
        return this;
    }

    /** The call to {@code url}; {@code model} is {@code ""} where the address says it. */
    ApiCall encode(HttpUrl url, Map<String, String> headers, String model) {
        noteUnknownModel();
        noteEnd();
        if (!model.isEmpty()) {
            body.put("model", model);
        }
        writePrompt();
        body.put("n", request.count());
        writeSize();
        writeWhatFewTake();
        request.quality().ifPresent(quality -> body.put("quality", quality));
        request.style().ifPresent(style -> body.put("style", style));
        writeBackground();
        writeOutputFormat();
        writeResponseFormat();
        writeOptions();
        writeStream();
        Json.overlay(body, settings.options());
        return new ApiCall(url, withAccept(headers), body(), ownFields(), senders());
    }

    /** What nobody asked for: a form of the answer that we can do without, and the one picture that is the default. */
    private Set<String> ownFields() {
        Set<String> own = new HashSet<>();
        String responseFormat = ApiOption.RESPONSE_FORMAT.parameter();
        if (body.has(responseFormat) && !isAsked(responseFormat)) {
            own.add(responseFormat);
        }
        if (request.count() == 1 && !isAsked("n")) {
            own.add("n");
        }
        return own;
    }

    private boolean isAsked(String field) {
        return settings.options().containsKey(field)
                || request.options().containsKey(EXTRA_OPTIONS + field)
                || ApiOption.of("openai." + field.replace('_', '-'))
                        .filter(option -> request.options().containsKey(option.key()))
                        .isPresent();
    }

    private Map<String, String> senders() {
        Map<String, String> senders = new HashMap<>();
        request.size().ifPresent(size -> senders.put("size", "size"));
        request.quality().ifPresent(quality -> senders.put("quality", "quality"));
        request.style().ifPresent(style -> senders.put("style", "style"));
        request.background().ifPresent(background -> senders.put("background", "background"));
        request.outputFormat().ifPresent(format -> senders.put("output_format", "outputFormat"));
        request.compression().ifPresent(percent -> senders.put("output_compression", "compression"));
        request.options().keySet().forEach(key -> {
            ApiOption.of(key).ifPresent(option -> senders.put(option.parameter(), "option " + key));
            if (key.startsWith(EXTRA_OPTIONS)) {
                senders.put(key.substring(EXTRA_OPTIONS.length()), "option " + key);
            }
        });
        settings.options().keySet().forEach(field -> senders.put(field, "options." + field + " of the configuration"));
        return senders;
    }

    private void noteUnknownModel() {
        if (!settings.profile().known()) {
            String model = settings.profile().id();
            differences.notice(
                    "model",
                    (model.isEmpty()
                                    ? "no model is named"
                                    : "model " + model + " is not in the table of " + ModelTable.DATE)
                            + ", so every setting is passed on as it is");
        }
    }

    private void noteEnd() {
        ModelProfile model = settings.profile();
        model.ends()
                .ifPresent(day -> differences.notice(
                        "model", "model " + model.id() + " ends on " + day + " (table of " + ModelTable.DATE + ")"));
    }

    private void writeSize() {
        request.size().ifPresent(size -> {
            if (dialect.shape() == ImagesDialect.Shape.WIDTH_HEIGHT) {
                body.put("width", size.width()).put("height", size.height());
            } else {
                body.put("size", size.toString());
            }
        });
        request.aspectRatio().ifPresent(ratio -> body.put("aspect_ratio", ratio.toString()));
    }

    /** Nobody but a few servers beside OpenAI; whoever does not is never sent these, since negotiation drops them. */
    private void writeWhatFewTake() {
        request.seed().ifPresent(seed -> body.put("seed", seed));
        request.steps().ifPresent(steps -> body.put("steps", steps));
        if (!request.negativePrompt().isEmpty()) {
            body.put("negative_prompt", request.negativePrompt());
        }
    }

    private ApiCall.Body body() {
        if (request.inputs().isEmpty()) {
            return json();
        }
        if (dialect.pictures() == ImagesDialect.Pictures.FORM) {
            return form();
        }
        List<String> urls = new InputConverter(settings.profile().inputs(), differences)
                .convert(request).images().stream()
                        .map(InputConverter.Picture::dataUrl)
                        .toList();
        writePictures(urls);
        return json();
    }

    private void writePictures(List<String> urls) {
        boolean one = urls.size() == 1;
        if (dialect.pictures() == ImagesDialect.Pictures.IMAGE_URL) {
            List<ObjectNode> images = urls.stream()
                    .map(url -> Json.MAPPER.createObjectNode().put("url", url).put("type", "image_url"))
                    .toList();
            body.set(one ? "image" : "images", one ? images.get(0) : Json.MAPPER.valueToTree(images));
        } else {
            body.set("image", Json.MAPPER.valueToTree(one ? urls.get(0) : urls));
        }
    }

    private void writePrompt() {
        if (!request.prompt().isBlank()) {
            body.put("prompt", request.prompt());
        } else if (request.operation() != Operation.VARIATION) {
            throw differences.unsupported("prompt must say what to paint but was empty");
        }
    }

    private void writeBackground() {
        String format = request.outputFormat().orElse("png");
        request.background().ifPresent(background -> {
            if (background.equals("transparent") && format.equals("jpeg")) {
                differences.ignored("background", "background transparent needs outputFormat png or webp but was jpeg");
            } else {
                body.put("background", background);
            }
        });
    }

    private void writeOutputFormat() {
        if (capabilities.honours(Parameter.OUTPUT_FORMAT)) {
            request.outputFormat().ifPresent(format -> body.put("output_format", format));
        }
        request.compression().ifPresent(percent -> {
            String format = request.outputFormat().orElse("png");
            if (format.equals("jpeg") || format.equals("webp")) {
                body.put("output_compression", percent);
            } else {
                differences.ignored("compression", "compression needs outputFormat jpeg or webp but was " + format);
            }
        });
    }

    /** The GPT image family rejects this field, DALL·E and compatible servers answer with a link without it. */
    private void writeResponseFormat() {
        if (settings.profile().takes(ApiOption.RESPONSE_FORMAT)
                && (settings.profile().known() || asBase64)) {
            body.put(ApiOption.RESPONSE_FORMAT.parameter(), "b64_json");
        }
    }

    private void writeOptions() {
        request.options().forEach((key, value) -> {
            if (key.startsWith(EXTRA_OPTIONS)) {
                body.set(key.substring(EXTRA_OPTIONS.length()), Json.scalarOrTree(value));
            } else {
                ApiOption.of(key).ifPresent(option -> writeOption(option, value));
            }
        });
    }

    private void writeOption(ApiOption option, String value) {
        if (option == ApiOption.INPUT_FIDELITY && request.inputs().isEmpty()) {
            differences.ignored("options." + option.key(), option.key() + " has no effect without an input picture");
        } else {
            option.write(body, value, differences);
        }
    }

    /** Unfinished pictures come as a stream alone; an animated GIF cannot be streamed. */
    private void writeStream() {
        JsonNode partialImages = body.get(ApiOption.PARTIAL_IMAGES.parameter());
        if (partialImages == null) {
            return;
        }
        if (request.outputFormat().orElse("").equals("gif")) {
            body.remove(ApiOption.PARTIAL_IMAGES.parameter());
            differences.ignored(
                    "options." + ApiOption.PARTIAL_IMAGES.key(),
                    ApiOption.PARTIAL_IMAGES.key() + " has no effect with outputFormat gif");
        } else {
            body.put("stream", true);
        }
    }

    private Map<String, String> withAccept(Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        boolean streams = body.path("stream").asBoolean(false);
        all.put("Accept", streams ? "text/event-stream, application/json" : "application/json");
        return all;
    }

    private ApiCall.Body json() {
        return new ApiCall.Json(Json.bytes(body));
    }

    /** The same fields as texts, then the pictures. Several are {@code image[]}, as OpenAI's examples have it. */
    private ApiCall.Body form() {
        if (request.mask().isPresent() && request.outputFormat().orElse("").equals("gif")) {
            throw differences.unsupported("mask must not be given with outputFormat gif but was");
        }
        InputConverter.Converted converted =
                new InputConverter(settings.profile().inputs(), differences).convert(request);
        ApiCall.Form form = new ApiCall.Form();
        body.properties().forEach(field -> form.text(field.getKey(), asText(field.getValue())));
        String name = converted.images().size() == 1 ? "image" : "image[]";
        int number = 1;
        for (InputConverter.Picture picture : converted.images()) {
            form.file(name, "image-" + number + "." + picture.fileExtension(), picture.mediaType(), picture.bytes());
            number++;
        }
        converted.mask().ifPresent(mask -> form.file("mask", "mask.png", mask.mediaType(), mask.bytes()));
        return form;
    }

    private static String asText(JsonNode value) {
        return value.isContainerNode() ? value.toString() : value.asText();
    }
}
