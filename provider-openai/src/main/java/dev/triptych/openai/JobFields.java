package dev.triptych.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageMask;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes a request into a body whose fields are called differently from model to model: the table's row says how
 * ({@code "fields": {"steps": "num_inference_steps"}}), and what it has no name for is not sent. Input pictures go as
 * {@code image} (the first one's own field), {@code images} (a list) or {@code numbered} ({@code input_image},
 * {@code input_image_2}, …). Serves one call.
 */
final class JobFields {

    private static final String PNG_URL = "data:image/png;base64,";

    private final ObjectNode body;
    private final Map<String, String> names;
    private final Map<String, String> senders = new LinkedHashMap<>();

    JobFields(ObjectNode body, Map<String, String> names) {
        this.body = body;
        this.names = names;
    }

    /** Writes all of {@code request} but its options. */
    void write(ImageRequest request, ServerSettings settings, Differences differences) {
        body.put("prompt", request.prompt());
        if (!request.negativePrompt().isEmpty()) {
            put("negative-prompt", "negativePrompt", name -> body.put(name, request.negativePrompt()));
        }
        if (request.count() > 1) {
            put("count", "count", name -> body.put(name, request.count()));
        }
        request.size().ifPresent(size -> {
            put(
                    "size",
                    "size",
                    name -> body.putObject(name).put("width", size.width()).put("height", size.height()));
            put("width", "size", name -> body.put(name, size.width()));
            put("height", "size", name -> body.put(name, size.height()));
        });
        request.aspectRatio()
                .ifPresent(ratio -> put("aspect-ratio", "aspectRatio", name -> body.put(name, ratio.toString())));
        request.seed().ifPresent(seed -> put("seed", "seed", name -> body.put(name, seed)));
        request.steps().ifPresent(steps -> put("steps", "steps", name -> body.put(name, steps)));
        request.guidanceScale()
                .ifPresent(scale -> put("guidance-scale", "guidanceScale", name -> body.put(name, scale)));
        request.strength().ifPresent(strength -> put("strength", "strength", name -> body.put(name, strength)));
        request.outputFormat()
                .ifPresent(format -> put("output-format", "outputFormat", name -> body.put(name, format)));
        writePictures(request, settings, differences);
    }

    /** Which of the caller's settings each field came from. */
    Map<String, String> senders() {
        return senders;
    }

    private void put(String term, String setting, Consumer<String> writer) {
        String name = names.getOrDefault(term, "");
        if (!name.isEmpty()) {
            senders.put(name, setting);
            writer.accept(name);
        }
    }

    private void writePictures(ImageRequest request, ServerSettings settings, Differences differences) {
        if (request.inputs().isEmpty()) {
            return;
        }
        List<InputConverter.Picture> pictures = new InputConverter(
                        settings.profile().inputs(), differences)
                .convert(request.toBuilder().mask(null).build())
                .images();
        put("image", "inputs", name -> body.put(name, pictures.get(0).dataUrl()));
        put("images", "inputs", name -> {
            ArrayNode all = body.putArray(name);
            pictures.forEach(picture -> all.add(picture.dataUrl()));
        });
        put("numbered", "inputs", name -> {
            for (int i = 0; i < pictures.size(); i++) {
                body.put(i == 0 ? name : name + "_" + (i + 1), pictures.get(i).base64());
            }
        });
        request.mask()
                .ifPresent(mask -> put("mask", "mask", name -> body.put(name, PNG_URL + white(mask, differences))));
    }

    /** White is repainted, by ours and by theirs. */
    private static String white(ImageInput mask, Differences differences) {
        try {
            return Base64.getEncoder()
                    .encodeToString(ImageDecoder.encodePng(
                            ImageMask.decode(mask.bytes()).toWhite()));
        } catch (IllegalArgumentException e) {
            throw (RuntimeException) differences
                    .unsupported("mask must be a readable picture but was not: " + e.getMessage())
                    .initCause(e);
        }
    }
}
