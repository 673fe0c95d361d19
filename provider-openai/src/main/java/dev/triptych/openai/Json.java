package dev.triptych.openai;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one JSON mapper: its errors quote nothing of what they read, since that may be a picture or a prompt. */
final class Json {

    static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .errorReportConfiguration(ErrorReportConfiguration.builder()
                    .maxErrorTokenLength(0)
                    .maxRawContentLength(0)
                    .build())
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build());

    private Json() {}

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

    /** {@code text} as the JSON value it spells, such as a number or a list, or else as a text. */
    static JsonNode scalarOrTree(String text) {
        try {
            JsonNode tree = MAPPER.readTree(text);
            return tree == null || tree.isMissingNode() ? TextNode.valueOf(text) : tree;
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(text);
        }
    }
}
