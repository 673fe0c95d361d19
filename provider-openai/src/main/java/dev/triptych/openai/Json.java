package dev.triptych.openai;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one JSON mapper: its errors quote nothing of what they read, since that may be a picture or a prompt. */
final class Json {

    static final ObjectMapper MAPPER = new ObjectMapper(discreet(1000).build());

    /**
     * Reads what servers send: what is no JSON by the standard, but can mean one thing only, must not cost a picture
     * that stands beside it.
     */
    static final ObjectMapper LENIENT = new ObjectMapper(discreet(100_000)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(JsonReadFeature.ALLOW_MISSING_VALUES)
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .enable(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
            .enable(JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .build());

    /** Refuses a second value after the first: {@code "16 9"} is a text. */
    private static final ObjectReader WHOLE = MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    private static JsonFactoryBuilder discreet(int maxNumberLength) {
        return (JsonFactoryBuilder) JsonFactory.builder()
                .errorReportConfiguration(ErrorReportConfiguration.builder()
                        .maxErrorTokenLength(0)
                        .maxRawContentLength(0)
                        .build())
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNumberLength(maxNumberLength)
                        .build());
    }

    /** {@code tree} in UTF-8. */
    static byte[] bytes(JsonNode tree) {
        try {
            return MAPPER.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree in memory can always be written", e);
        }
    }

    /** Adds {@code fields} to {@code tree} as they are; a null takes a field away. */
    static void overlay(ObjectNode tree, Map<String, @Nullable Object> fields) {
        fields.forEach((name, value) -> {
            if (value == null) {
                tree.remove(name);
            } else {
                tree.set(name, MAPPER.<JsonNode>valueToTree(value));
            }
        });
    }

    /** A value of the configuration, in which every scalar is a text, as what it spells; {@code "null"} gives null. */
    static @Nullable Object ofSetting(Object value) {
        if (value instanceof Map<?, ?> map) {
            ObjectNode tree = MAPPER.createObjectNode();
            map.forEach(
                    (name, inner) -> tree.set(String.valueOf(name), MAPPER.<JsonNode>valueToTree(ofSetting(inner))));
            return tree;
        }
        if (value instanceof List<?> list) {
            ArrayNode tree = MAPPER.createArrayNode();
            list.forEach(inner -> tree.add(MAPPER.<JsonNode>valueToTree(ofSetting(inner))));
            return tree;
        }
        JsonNode scalar = value instanceof String text ? scalarOrTree(text) : MAPPER.valueToTree(value);
        return scalar.isNull() ? null : scalar;
    }

    /** {@code text} as the JSON value it spells, such as a number or a list, or else as a text. */
    static JsonNode scalarOrTree(String text) {
        try {
            JsonNode tree = WHOLE.readTree(text);
            return tree == null || tree.isMissingNode() ? TextNode.valueOf(text) : tree;
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(text);
        }
    }
}
