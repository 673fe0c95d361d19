package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values out of a stream of JSON, without a tree: a vocabulary has fifty thousand members. */
final class JsonValues {

    /** Ids beyond any vocabulary there is; a larger one is damage, and would cost memory. */
    private static final int LARGEST_ID = 10_000_000;

    private JsonValues() {}

    /**
     * The ids in the object just begun.
     *
     * @throws IllegalArgumentException if one is no id; the message goes on from "tokenizer file"
     */
    static Map<String, Integer> vocabulary(JsonParser json) throws IOException {
        Map<String, Integer> ids = new HashMap<>(1 << 17);
        for (String token = json.nextFieldName(); token != null; token = json.nextFieldName()) {
            if (json.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                throw new IllegalArgumentException(
                        "must give each token a whole number but one has " + json.currentToken());
            }
            int id = json.getIntValue();
            if (id < 0 || id > LARGEST_ID) {
                throw new IllegalArgumentException("must give ids from 0 to " + LARGEST_ID + " but one is " + id);
            }
            ids.put(token, id);
        }
        return ids;
    }

    /** The members of the object just begun: maps, lists, strings, numbers and booleans; a null is left out. */
    static Map<String, Object> members(JsonParser json) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            Object value = value(json);
            if (value != null) {
                members.put(name, value);
            }
        }
        return members;
    }

    /** The elements of the array just begun; a null is left out. */
    static List<Object> elements(JsonParser json) throws IOException {
        List<Object> elements = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            Object element = value(json);
            if (element != null) {
                elements.add(element);
            }
        }
        return elements;
    }

    /** The value that the parser stands at. */
    static @Nullable Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> members(json);
            case START_ARRAY -> elements(json);
            case VALUE_NULL -> null;
            case VALUE_TRUE, VALUE_FALSE -> json.getBooleanValue();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getNumberValue();
            default -> json.getText();
        };
    }
}
