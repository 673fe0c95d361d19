package dev.triptych;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.internal.Sha256;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A request as canonical JSON: equal requests give equal text, on every Java version and machine.
 *
 * <p>Only what is set is written; a count of 1 is not. Keys are sorted, there is no white space, text is ASCII with
 * {@code \}{@code uXXXX} for the rest, and a number is the shortest one that reads back as the same {@code double}.
 * Input pictures and the mask stand there as the SHA-256 of their bytes.
 *
 * <p>The text holds the prompts. What names a cache entry is {@link #sha256(ImageRequest)} alone.
 */
public final class RequestJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** Digits that tell any two doubles apart. */
    private static final int DOUBLE_DIGITS = 17;

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
        return new Reader(object(read(json), "request"), inputs).request();
    }

    static ObjectNode tree(ImageRequest request) {
        Map<String, JsonNode> fields = new TreeMap<>();
        putText(fields, "prompt", request.prompt());
        putText(fields, "negativePrompt", request.negativePrompt());
        if (request.count() != 1) {
            fields.put("count", NODES.numberNode(request.count()));
        }
        request.size().ifPresent(size -> putText(fields, "size", size.toString()));
        request.aspectRatio().ifPresent(ratio -> putText(fields, "aspectRatio", ratio.toString()));
        request.seed().ifPresent(seed -> fields.put("seed", NODES.numberNode(seed)));
        request.steps().ifPresent(steps -> fields.put("steps", NODES.numberNode(steps)));
        request.guidanceScale().ifPresent(scale -> fields.put("guidanceScale", NODES.numberNode(shortest(scale))));
        request.strength().ifPresent(strength -> fields.put("strength", NODES.numberNode(shortest(strength))));
        putInputs(fields, request);
        request.reference().ifPresent(reference -> fields.put("reference", referenceNode(reference)));
        request.quality().ifPresent(word -> fields.put("quality", NODES.textNode(word)));
        request.style().ifPresent(word -> fields.put("style", NODES.textNode(word)));
        request.background().ifPresent(word -> fields.put("background", NODES.textNode(word)));
        request.outputFormat().ifPresent(word -> fields.put("outputFormat", NODES.textNode(word)));
        request.compression().ifPresent(percent -> fields.put("compression", NODES.numberNode(percent)));
        if (!request.options().isEmpty()) {
            ObjectNode options = NODES.objectNode();
            new TreeMap<>(request.options()).forEach(options::put);
            fields.put("options", options);
        }
        ObjectNode tree = NODES.objectNode();
        fields.forEach(tree::set);
        return tree;
    }

    private static void putText(Map<String, JsonNode> fields, String name, String text) {
        if (!text.isEmpty()) {
            fields.put(name, NODES.textNode(text));
        }
    }

    private static void putInputs(Map<String, JsonNode> fields, ImageRequest request) {
        if (!request.inputs().isEmpty()) {
            ArrayNode hashes = NODES.arrayNode();
            request.inputs().forEach(input -> hashes.add(input.sha256()));
            fields.put("inputs", hashes);
        }
        request.mask().ifPresent(mask -> putText(fields, "mask", mask.sha256()));
    }

    private static ObjectNode referenceNode(ImageReference reference) {
        return NODES.objectNode()
                .put("imageId", reference.imageId())
                .put("operation", reference.operation().name())
                .put("providerId", reference.providerId());
    }

    /**
     * The decimal number with the fewest digits that reads back as {@code value}; {@code Double.toString} is that only
     * since Java 19.
     */
    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        BigDecimal rounded = exact;
        for (int digits = 1; digits <= DOUBLE_DIGITS; digits++) {
            rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                break;
            }
        }
        BigDecimal stripped = rounded.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
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

    /** Takes the fields of one JSON object, each once; what is left over is unknown. */
    private static final class Reader {
        private final ObjectNode fields;
        private final Function<String, @Nullable ImageInput> inputs;
        private final ImageRequest.Builder builder = ImageRequest.builder();

        Reader(ObjectNode fields, Function<String, @Nullable ImageInput> inputs) {
            this.fields = fields.deepCopy();
            this.inputs = inputs;
        }

        ImageRequest request() {
            text("prompt", builder::prompt);
            text("negativePrompt", builder::negativePrompt);
            whole("count", Integer.MAX_VALUE, count -> builder.count((int) count));
            text("size", size -> builder.size(ImageSize.parse(size)));
            text("aspectRatio", ratio -> builder.aspectRatio(AspectRatio.parse(ratio)));
            whole("seed", Long.MAX_VALUE, builder::seed);
            whole("steps", Integer.MAX_VALUE, steps -> builder.steps((int) steps));
            number("guidanceScale", builder::guidanceScale);
            number("strength", builder::strength);
            readInputs();
            readReference();
            text("quality", builder::quality);
            text("style", builder::style);
            text("background", builder::background);
            text("outputFormat", builder::outputFormat);
            whole("compression", Integer.MAX_VALUE, percent -> builder.compression((int) percent));
            readOptions();
            if (!fields.isEmpty()) {
                throw new IllegalArgumentException(
                        "request has an unknown field \"" + fields.fieldNames().next() + "\"");
            }
            return builder.build();
        }

        private void readInputs() {
            JsonNode hashes = fields.remove("inputs");
            if (hashes != null) {
                List<ImageInput> found = new ArrayList<>();
                for (JsonNode hash : array(hashes)) {
                    found.add(input("inputs", hash));
                }
                builder.inputs(found);
            }
            JsonNode mask = fields.remove("mask");
            if (mask != null) {
                builder.mask(input("mask", mask));
            }
        }

        private static Collection<JsonNode> array(JsonNode node) {
            if (!node.isArray()) {
                throw wrong("inputs", "an array", node);
            }
            List<JsonNode> elements = new ArrayList<>();
            node.forEach(elements::add);
            return elements;
        }

        private ImageInput input(String name, JsonNode hash) {
            if (!hash.isTextual()) {
                throw wrong(name, "a SHA-256 in hexadecimal", hash);
            }
            ImageInput found = inputs.apply(hash.textValue());
            if (found == null) {
                throw new IllegalArgumentException(
                        name + " needs the picture with SHA-256 " + hash.textValue() + " but it was not given");
            }
            if (!found.sha256().equals(hash.textValue())) {
                throw new IllegalArgumentException(name + " needs the picture with SHA-256 " + hash.textValue()
                        + " but one with " + found.sha256() + " was given");
            }
            return found;
        }

        private void readReference() {
            JsonNode node = fields.remove("reference");
            if (node == null) {
                return;
            }
            ObjectNode reference = object(node, "reference");
            for (String name : List.of("imageId", "operation", "providerId")) {
                if (!reference.path(name).isTextual()) {
                    throw wrong("reference." + name, "a text", reference.path(name));
                }
            }
            String operation = reference.path("operation").textValue();
            Operation known = Arrays.stream(Operation.values())
                    .filter(each -> each.name().equals(operation))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "reference.operation must be VARIATION or UPSCALE but was \"" + operation + "\""));
            builder.reference(new ImageReference(
                    reference.path("providerId").textValue(),
                    reference.path("imageId").textValue(),
                    known));
        }

        private void readOptions() {
            JsonNode node = fields.remove("options");
            if (node == null) {
                return;
            }
            object(node, "options").properties().forEach(option -> {
                if (!option.getValue().isTextual()) {
                    throw wrong("options." + option.getKey(), "a text", option.getValue());
                }
                builder.option(option.getKey(), option.getValue().textValue());
            });
        }

        private void text(String name, Consumer<String> set) {
            JsonNode node = fields.remove(name);
            if (node == null) {
                return;
            }
            if (!node.isTextual()) {
                throw wrong(name, "a text", node);
            }
            set.accept(node.textValue());
        }

        private void whole(String name, long max, LongConsumer set) {
            JsonNode node = fields.remove(name);
            if (node == null) {
                return;
            }
            if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() > max) {
                throw wrong(name, "a whole number of at most " + max, node);
            }
            set.accept(node.longValue());
        }

        private void number(String name, DoubleConsumer set) {
            JsonNode node = fields.remove(name);
            if (node == null) {
                return;
            }
            if (!node.isNumber()) {
                throw wrong(name, "a number", node);
            }
            set.accept(node.doubleValue());
        }
    }
}
