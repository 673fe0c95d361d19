package dev.triptych.discord.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds JSON against the schemas of Discord's published OpenAPI file: the part of JSON Schema 2020-12 that the file
 * uses for the bodies that matter here.
 */
public final class SchemaCheck {

    private final JsonNode schemas;

    private SchemaCheck(JsonNode schemas) {
        this.schemas = schemas;
    }

    /** The schemas in {@code file}. */
    public static SchemaCheck load(Path file) throws IOException {
        return new SchemaCheck(
                new ObjectMapper().readTree(file.toFile()).path("components").path("schemas"));
    }

    /** Where and how {@code value} differs from the schema {@code name}; empty = not at all. */
    public List<String> differences(String name, JsonNode value) {
        List<String> found = new ArrayList<>();
        check(schemas.path(name), value, "$", found);
        return found;
    }

    private void check(JsonNode schema, JsonNode value, String at, List<String> found) {
        if (schema.has("$ref")) {
            String reference = schema.path("$ref").asText();
            check(schemas.path(reference.substring(reference.lastIndexOf('/') + 1)), value, at, found);
            return;
        }
        for (JsonNode part : schema.path("allOf")) {
            check(part, value, at, found);
        }
        checkChoice(schema.path("oneOf"), value, at, found);
        checkChoice(schema.path("anyOf"), value, at, found);
        checkType(schema.path("type"), value, at, found);
        checkValue(schema, value, at, found);
        if (value.isObject()) {
            checkObject(schema, value, at, found);
        }
        if (value.isArray() && schema.has("items")) {
            for (int i = 0; i < value.size(); i++) {
                check(schema.path("items"), value.get(i), at + "[" + i + "]", found);
            }
        }
    }

    private void checkChoice(JsonNode choices, JsonNode value, String at, List<String> found) {
        if (choices.isEmpty()) {
            return;
        }
        List<String> nearest = List.of();
        for (JsonNode choice : choices) {
            List<String> differences = new ArrayList<>();
            check(choice, value, at, differences);
            if (differences.isEmpty()) {
                return;
            }
            nearest = nearest.isEmpty() || differences.size() < nearest.size() ? differences : nearest;
        }
        found.add(at + " fits no choice; nearest: " + nearest);
    }

    private static void checkType(JsonNode type, JsonNode value, String at, List<String> found) {
        if (type.isMissingNode()) {
            return;
        }
        List<String> allowed = new ArrayList<>();
        if (type.isArray()) {
            type.forEach(one -> allowed.add(one.asText()));
        } else {
            allowed.add(type.asText());
        }
        String actual = switch (value.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING -> "string";
            case BOOLEAN -> "boolean";
            case NULL -> "null";
            default -> value.isIntegralNumber() ? "integer" : "number";
        };
        boolean fits = allowed.contains(actual) || (actual.equals("integer") && allowed.contains("number"));
        if (!fits) {
            found.add(at + " must be " + allowed + " but is " + actual);
        }
    }

    private static void checkValue(JsonNode schema, JsonNode value, String at, List<String> found) {
        if (schema.has("enum")) {
            boolean known = false;
            for (JsonNode one : schema.path("enum")) {
                known |= one.equals(value);
            }
            if (!known) {
                found.add(at + " must be one of " + schema.path("enum") + " but is " + value);
            }
        }
        if (schema.has("const") && !schema.path("const").equals(value)) {
            found.add(at + " must be " + schema.path("const") + " but is " + value);
        }
        if (value.isTextual()) {
            if (schema.has("maxLength")
                    && value.asText().length() > schema.path("maxLength").asInt()) {
                found.add(at + " is too long");
            }
            if (schema.has("pattern")
                    && !value.asText().matches(schema.path("pattern").asText())) {
                found.add(at + " must match " + schema.path("pattern").asText());
            }
        }
    }

    private void checkObject(JsonNode schema, JsonNode value, String at, List<String> found) {
        for (JsonNode required : schema.path("required")) {
            if (!value.has(required.asText())) {
                found.add(at + " lacks " + required.asText());
            }
        }
        for (var property : schema.path("properties").properties()) {
            if (value.has(property.getKey())) {
                check(property.getValue(), value.get(property.getKey()), at + "." + property.getKey(), found);
            }
        }
    }
}
