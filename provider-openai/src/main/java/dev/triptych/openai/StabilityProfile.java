package dev.triptych.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.AspectRatio;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stability AI's v2beta: a form, always, to {@code /v2beta/stable-image/generate/KIND}, which gives the bytes of one
 * picture. It takes shapes in place of sizes. A refusal comes with status 200 and the word {@code CONTENT_FILTERED}.
 *
 * <p>Source: LiteLLM, llms/stability/image_generation/transformation.py; shapes as in Stability's REST reference.
 */
final class StabilityProfile implements ServerProfile {

    private static final String EXTRA_OPTIONS = "stability.extra.";
    private static final long MAX_SEED = 4_294_967_294L;
    private static final String FILTERED = "CONTENT_FILTERED";

    /** Stability wants a strength with each input and has no default of its own; the same as the local engine's. */
    private static final double DEFAULT_STRENGTH = 0.75;

    private static final List<AspectRatio> RATIOS = List.of(
            new AspectRatio(1, 1),
            new AspectRatio(21, 9),
            new AspectRatio(16, 9),
            new AspectRatio(3, 2),
            new AspectRatio(5, 4),
            new AspectRatio(4, 5),
            new AspectRatio(2, 3),
            new AspectRatio(9, 16),
            new AspectRatio(9, 21));

    @Override
    public String id() {
        return "stability";
    }

    @Override
    public String defaultBaseUrl() {
        return "https://api.stability.ai";
    }

    @Override
    public String defaultModel() {
        return "core";
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        Capabilities.Builder builder = Capabilities.builder()
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.ASPECT_RATIO,
                        Parameter.SEED,
                        Parameter.STYLE,
                        Parameter.OUTPUT_FORMAT)
                .outputFormats(Set.of("png", "jpeg", "webp"))
                .maxPromptCharacters(10_000)
                .options("stability", Set.of(EXTRA_OPTIONS + "*"));
        return kind(settings.model()).equals("core")
                ? builder
                : builder.operations(Operation.IMAGE_TO_IMAGE)
                        .honours(Parameter.STRENGTH)
                        .maxInputs(1);
    }

    /** {@code core}, {@code ultra} or {@code sd3}, of which the last has several models. */
    private static String kind(String model) {
        if (model.startsWith("sd3")) {
            return "sd3";
        }
        return model.contains("ultra") ? "ultra" : "core";
    }

    /** A size is its shape here, and a shape that Stability does not have is the nearest that it has. */
    @Override
    public ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        request.seed().ifPresent(seed -> {
            if (seed < 0 || seed > MAX_SEED) {
                throw differences.unsupported("seed must be from 0 to " + MAX_SEED + " but was " + seed);
            }
        });
        return Shapes.settle(request, RATIOS, differences);
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        Map<String, String> headers = new LinkedHashMap<>(Credentials.bearer(settings));
        headers.put("Accept", "image/*");
        ObjectNode fields = fields(request);
        writeKind(fields, request, settings.model());
        writeInput(fields, request, differences);
        request.options().forEach((key, value) -> {
            if (key.startsWith(EXTRA_OPTIONS)) {
                fields.put(key.substring(EXTRA_OPTIONS.length()), value);
            }
        });
        Json.overlay(fields, settings.options());
        return new ApiCall(
                settings.resolve("/v2beta/stable-image/generate/" + kind(settings.model())),
                headers,
                form(fields, request, differences));
    }

    private static ObjectNode fields(ImageRequest request) {
        ObjectNode fields = Json.MAPPER.createObjectNode();
        fields.put("prompt", request.prompt());
        if (!request.negativePrompt().isEmpty()) {
            fields.put("negative_prompt", request.negativePrompt());
        }
        request.seed().ifPresent(seed -> fields.put("seed", seed));
        request.style().ifPresent(style -> fields.put("style_preset", style));
        request.outputFormat().ifPresent(format -> fields.put("output_format", format));
        return fields;
    }

    private static void writeKind(ObjectNode fields, ImageRequest request, String model) {
        if (!kind(model).equals("sd3")) {
            return;
        }
        fields.put("mode", request.inputs().isEmpty() ? "text-to-image" : "image-to-image");
        if (!model.equals("sd3")) {
            fields.put("model", model);
        }
    }

    /** The shape is the input's, where there is one. */
    private static void writeInput(ObjectNode fields, ImageRequest request, Differences differences) {
        if (request.inputs().isEmpty()) {
            request.aspectRatio().ifPresent(ratio -> fields.put("aspect_ratio", ratio.toString()));
            return;
        }
        fields.put("strength", request.strength().orElse(DEFAULT_STRENGTH));
        if (request.aspectRatio().isPresent()) {
            differences.ignored("aspectRatio", "aspectRatio has no effect with an input picture");
        }
    }

    private static ApiCall.Form form(ObjectNode fields, ImageRequest request, Differences differences) {
        ApiCall.Form form = new ApiCall.Form();
        fields.properties()
                .forEach(field -> form.text(field.getKey(), field.getValue().asText()));
        for (InputConverter.Picture picture : new InputConverter(InputRules.STABILITY, differences)
                .convert(request)
                .images()) {
            form.file("image", "image." + picture.fileExtension(), picture.mediaType(), picture.bytes());
        }
        return form;
    }

    /** Bytes with the seed in a header, or JSON where a gateway insists on it. */
    @Override
    public ImagesAnswer decode(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview)
            throws IOException {
        if (!PictureBody.isPicture(answer)) {
            return ImagesAnswerReader.read(answer, maxImageBytes, errors, preview);
        }
        if (answer.header("finish-reason").orElse("").equals(FILTERED)) {
            throw errors.filtered(answer, FILTERED);
        }
        byte[] bytes = PictureBody.bytes(answer.body(), maxImageBytes);
        return ImagesAnswer.of(new ImagesAnswer.Content(
                bytes, new ImagesAnswer.Notes(null, seed(answer.header("seed").orElse("")))));
    }

    private static @Nullable Long seed(String text) {
        try {
            return text.isBlank() ? null : Long.valueOf(text.strip());
        } catch (NumberFormatException e) {
            return null; // not said in a way that can be repeated
        }
    }
}
