package dev.triptych;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How values of one type stand in a request's JSON. Immutable.
 *
 * @param <T> the type
 * @param jsonType JSON Schema's word for it
 * @param writer a value as canonical JSON
 * @param reader the value of a field's JSON
 */
record FieldType<T>(String jsonType, Function<T, JsonNode> writer, Reader<T> reader) {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Digits that tell any two doubles apart. */
    private static final int DOUBLE_DIGITS = 17;

    /** Finds the picture with a SHA-256; null where there is none. */
    interface Pictures extends Function<String, @Nullable ImageInput> {}

    /**
     * Reads a value.
     *
     * @param <T> its type
     */
    interface Reader<T> {
        /**
         * The value in {@code node}.
         *
         * @throws IllegalArgumentException if it is none; the message begins with {@code field}
         */
        T read(String field, JsonNode node, Pictures pictures);
    }

    static final FieldType<String> TEXT =
            new FieldType<>("string", NODES::textNode, (field, node, pictures) -> text(field, node));

    static final FieldType<Integer> WHOLE = new FieldType<>(
            "integer", NODES::numberNode, (field, node, pictures) -> (int) whole(field, node, Integer.MAX_VALUE));

    static final FieldType<Long> LONG = new FieldType<>(
            "integer", NODES::numberNode, (field, node, pictures) -> whole(field, node, Long.MAX_VALUE));

    static final FieldType<Double> NUMBER = new FieldType<>(
            "number", value -> NODES.numberNode(shortest(value)), (field, node, pictures) -> number(field, node));

    static final FieldType<ImageSize> SIZE = new FieldType<>(
            "string",
            size -> NODES.textNode(size.toString()),
            (field, node, pictures) -> ImageSize.parse(text(field, node)));

    static final FieldType<AspectRatio> RATIO = new FieldType<>(
            "string",
            ratio -> NODES.textNode(ratio.toString()),
            (field, node, pictures) -> AspectRatio.parse(text(field, node)));

    static final FieldType<ImageInput> PICTURE =
            new FieldType<>("string", input -> NODES.textNode(input.sha256()), FieldType::picture);

    static final FieldType<List<ImageInput>> INPUTS =
            new FieldType<>("array", FieldType::inputsNode, FieldType::inputs);

    static final FieldType<ImageReference> REFERENCE =
            new FieldType<>("object", FieldType::referenceNode, FieldType::reference);

    static final FieldType<Map<String, String>> OPTIONS =
            new FieldType<>("object", FieldType::optionsNode, FieldType::options);

    private static String text(String field, JsonNode node) {
        if (!node.isTextual()) {
            throw RequestJson.wrong(field, "a text", node);
        }
        return node.textValue();
    }

    private static long whole(String field, JsonNode node, long max) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() > max) {
            throw RequestJson.wrong(field, "a whole number of at most " + max, node);
        }
        return node.longValue();
    }

    private static double number(String field, JsonNode node) {
        if (!node.isNumber()) {
            throw RequestJson.wrong(field, "a number", node);
        }
        return node.doubleValue();
    }

    /** A start is its hash alone; another picture is an object with what differs from a start. */
    private static JsonNode inputsNode(List<ImageInput> inputs) {
        ArrayNode nodes = NODES.arrayNode();
        inputs.forEach(input -> nodes.add(inputNode(input)));
        return nodes;
    }

    private static JsonNode inputNode(ImageInput input) {
        if (input.isPlain()) {
            return NODES.textNode(input.sha256());
        }
        Map<String, JsonNode> fields = new TreeMap<>();
        fields.put("image", NODES.textNode(input.sha256()));
        if (input.role() != InputRole.START) {
            fields.put("role", NODES.textNode(input.role().name()));
        }
        if (!input.name().isEmpty()) {
            fields.put("name", NODES.textNode(input.name()));
        }
        putUnless(1, fields, "strength", input.strength());
        putUnless(0, fields, "start", input.start());
        putUnless(1, fields, "end", input.end());
        ObjectNode node = NODES.objectNode();
        fields.forEach(node::set);
        return node;
    }

    private static void putUnless(double usual, Map<String, JsonNode> fields, String name, double value) {
        if (value != usual) {
            fields.put(name, NODES.numberNode(shortest(value)));
        }
    }

    private static List<ImageInput> inputs(String field, JsonNode node, Pictures pictures) {
        if (!node.isArray()) {
            throw RequestJson.wrong(field, "an array", node);
        }
        List<ImageInput> inputs = new ArrayList<>();
        for (JsonNode each : node) {
            inputs.add(each instanceof ObjectNode said ? input(field, said, pictures) : picture(field, each, pictures));
        }
        return inputs;
    }

    private static ImageInput input(String field, ObjectNode said, Pictures pictures) {
        ObjectNode rest = said.deepCopy();
        JsonNode image = rest.remove("image");
        if (image == null) {
            throw new IllegalArgumentException(field + " must have an image in each object but one had none");
        }
        ImageInput input = picture(field, image, pictures);
        JsonNode role = rest.remove("role");
        if (role != null) {
            input = input.as(InputRole.parse(text(field + ".role", role)));
        }
        JsonNode name = rest.remove("name");
        if (name != null) {
            input = input.named(text(field + ".name", name));
        }
        input = input.withStrength(numberOr(1, rest, field, "strength"))
                .withWindow(numberOr(0, rest, field, "start"), numberOr(1, rest, field, "end"));
        if (!rest.isEmpty()) {
            throw new IllegalArgumentException(
                    field + " has an unknown field \"" + rest.fieldNames().next() + "\"");
        }
        return input;
    }

    private static double numberOr(double usual, ObjectNode rest, String field, String name) {
        JsonNode node = rest.remove(name);
        return node == null ? usual : number(field + "." + name, node);
    }

    private static ImageInput picture(String field, JsonNode hash, Pictures pictures) {
        if (!hash.isTextual()) {
            throw RequestJson.wrong(field, "a SHA-256 in hexadecimal", hash);
        }
        ImageInput found = pictures.apply(hash.textValue());
        if (found == null) {
            throw new IllegalArgumentException(
                    field + " needs the picture with SHA-256 " + hash.textValue() + " but it was not given");
        }
        if (!found.sha256().equals(hash.textValue())) {
            throw new IllegalArgumentException(field + " needs the picture with SHA-256 " + hash.textValue()
                    + " but one with " + found.sha256() + " was given");
        }
        return found.plain();
    }

    private static JsonNode referenceNode(ImageReference reference) {
        return NODES.objectNode()
                .put("imageId", reference.imageId())
                .put("operation", reference.operation().name())
                .put("providerId", reference.providerId());
    }

    private static ImageReference reference(String field, JsonNode node, Pictures pictures) {
        ObjectNode reference = RequestJson.object(node, field);
        for (String name : List.of("imageId", "operation", "providerId")) {
            text(field + "." + name, reference.path(name));
        }
        String operation = reference.path("operation").textValue();
        Operation known = Arrays.stream(Operation.values())
                .filter(each -> each.name().equals(operation))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        field + ".operation must be VARIATION or UPSCALE but was \"" + operation + "\""));
        return new ImageReference(
                reference.path("providerId").textValue(),
                reference.path("imageId").textValue(),
                known);
    }

    private static JsonNode optionsNode(Map<String, String> options) {
        ObjectNode node = NODES.objectNode();
        new TreeMap<>(options).forEach(node::put);
        return node;
    }

    private static Map<String, String> options(String field, JsonNode node, Pictures pictures) {
        Map<String, String> options = new TreeMap<>();
        RequestJson.object(node, field)
                .properties()
                .forEach(
                        option -> options.put(option.getKey(), text(field + "." + option.getKey(), option.getValue())));
        return options;
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
}
