package dev.triptych;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.internal.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request as canonical JSON: equal requests give equal text, on every Java version and machine.
 *
 * <p>Only what is set is written; a count of 1 is not. Keys are sorted, there is no white space, text is ASCII with
 * {@code \}{@code uXXXX} for the rest, and a number is the shortest one that reads back as the same {@code double}.
 * Input pictures and the mask stand there as the SHA-256 of their bytes; an input that is more than a start is an
 * object with its hash as {@code image}, and its {@code role}, {@code name}, {@code strength}, {@code start} and
 * {@code end} where they are not the usual ones.
 *
 * <p>The text holds the prompts. What names a cache entry is {@link #sha256(ImageRequest)} alone.
 */
public final class RequestJson {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private RequestJson() {}

    /** The canonical JSON of {@code request}. */
    public static String canonical(ImageRequest request) {
        return write(tree(request));
    }

    /** SHA-256 of {@link #canonical(ImageRequest)}, in lower-case hexadecimal. */
    public static String sha256(ImageRequest request) {
        return Sha256.hex(canonical(request).getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * The request that {@code json} describes.
     *
     * @param inputs gives the picture with a SHA-256, or null where there is none
     * @throws IllegalArgumentException if the text is no such JSON, holds an unknown field or a value out of range, or
     *     an input picture is not to be had
     */
    public static ImageRequest parse(String json, Function<String, @Nullable ImageInput> inputs) {
        ObjectNode fields = object(read(json), "request").deepCopy();
        ImageRequest.Builder request = ImageRequest.builder();
        for (RequestField<?> field : RequestField.ALL) {
            JsonNode node = fields.remove(field.name());
            if (node != null) {
                field.read(node, inputs::apply, request);
            }
        }
        if (!fields.isEmpty()) {
            throw new IllegalArgumentException(
                    "request has an unknown field \"" + fields.fieldNames().next() + "\"");
        }
        return request.build();
    }

    static ObjectNode tree(ImageRequest request) {
        Map<String, JsonNode> fields = new TreeMap<>();
        for (RequestField<?> field : RequestField.ALL) {
            field.write(request).ifPresent(node -> fields.put(field.name(), node));
        }
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        fields.forEach(tree::set);
        return tree;
    }

    /** {@code tree} as ASCII JSON without white space. */
    static String write(JsonNode tree) {
        try {
            return JSON.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of texts and numbers can always be written", e);
        }
    }

    /** The tree of {@code json}. The parser's own error is not passed on, since it may quote a prompt. */
    static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new IllegalArgumentException("request must be JSON but could not be read" + place);
        }
    }

    static ObjectNode object(JsonNode node, String name) {
        if (node instanceof ObjectNode found) {
            return found;
        }
        throw wrong(name, "an object", node);
    }

    static IllegalArgumentException wrong(String name, String expected, JsonNode found) {
        return new IllegalArgumentException(
                name + " must be " + expected + " but was of JSON type " + found.getNodeType());
    }
}
