package dev.triptych.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.RequestJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A kept result as bytes and back. */
final class ResultCodec {

    private static final JsonMapper JSON = new JsonMapper();

    private ResultCodec() {}

    static StoredEntry encode(CachedResult result) {
        ObjectNode metadata = JSON.createObjectNode();
        metadata.put("request", RequestJson.canonical(result.effectiveRequest()));
        ArrayNode images = metadata.putArray("images");
        List<byte[]> blobs = new ArrayList<>();
        for (GeneratedImage image : result.images()) {
            ObjectNode known = images.addObject();
            image.seed().ifPresent(seed -> known.put("seed", seed));
            image.revisedPrompt().ifPresent(prompt -> known.put("revisedPrompt", prompt));
            image.imageId().ifPresent(id -> known.put("imageId", id));
            blobs.add(image.bytes());
        }
        ArrayNode warnings = metadata.putArray("warnings");
        result.warnings()
                .forEach(warning -> warnings.addObject()
                        .put("kind", warning.kind().name())
                        .put("field", warning.field())
                        .put("message", warning.message()));
        try {
            return new StoredEntry(JSON.writeValueAsString(metadata), blobs);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
    }

    /**
     * The result in {@code blobs} and {@code head}; empty if a picture is not the one that the head names, or anything
     * cannot be read.
     *
     * @param asked the request that is served; it holds the input pictures, which an entry does not
     */
    static Optional<CachedResult> decode(EntryHead head, List<byte[]> blobs, ImageRequest asked) {
        try {
            JsonNode metadata = JSON.readTree(head.metadata());
            List<GeneratedImage> images = new ArrayList<>();
            for (int i = 0; i < blobs.size(); i++) {
                GeneratedImage image = GeneratedImage.of(blobs.get(i));
                if (!image.sha256().equals(head.blobs().get(i).sha256())) {
                    return Optional.empty();
                }
                images.add(withWhatIsKnown(image, metadata.path("images").path(i)));
            }
            ImageRequest effective =
                    RequestJson.parse(metadata.path("request").asText(), sha256 -> input(asked, sha256));
            return Optional.of(new CachedResult(images, warnings(metadata.path("warnings")), effective));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static GeneratedImage withWhatIsKnown(GeneratedImage image, JsonNode known) {
        GeneratedImage complete = image;
        if (known.has("seed")) {
            complete = complete.withSeed(known.get("seed").longValue());
        }
        if (known.has("revisedPrompt")) {
            complete = complete.withRevisedPrompt(known.get("revisedPrompt").textValue());
        }
        if (known.has("imageId")) {
            complete = complete.withImageId(known.get("imageId").textValue());
        }
        return complete;
    }

    private static @Nullable ImageInput input(ImageRequest asked, String sha256) {
        for (ImageInput input : asked.inputs()) {
            if (input.sha256().equals(sha256)) {
                return input;
            }
        }
        return asked.mask().filter(mask -> mask.sha256().equals(sha256)).orElse(null);
    }

    private static List<GenerationWarning> warnings(JsonNode nodes) {
        List<GenerationWarning> warnings = new ArrayList<>();
        for (JsonNode node : nodes) {
            warnings.add(new GenerationWarning(
                    GenerationWarning.Kind.valueOf(node.path("kind").asText()),
                    node.path("field").asText(),
                    node.path("message").asText()));
        }
        return warnings;
    }
}
