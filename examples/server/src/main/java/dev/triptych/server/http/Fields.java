package dev.triptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Takes the fields of somebody else's request one by one, under each of the names that clients have for them. Numbers
 * may come as texts, as forms have them, and {@code null} counts as not given. Not thread-safe.
 */
public final class Fields {

    private final ObjectNode left;

    /** The fields of {@code body}, which stays as it is. */
    public Fields(ObjectNode body) {
        this.left = body.deepCopy();
    }

    /**
     * The value of a field with several names.
     *
     * @throws HttpFailure 400 if two of the names are given with different values
     */
    public Optional<JsonNode> value(String... names) {
        JsonNode found = null;
        String foundName = "";
        for (String name : names) {
            JsonNode value = left.remove(name);
            if (value == null
                    || value.isNull()
                    || (value.isTextual() && value.textValue().isEmpty())) {
                continue;
            }
            if (found != null && !found.asText().equals(value.asText())) {
                throw HttpFailure.badField(
                        name, foundName + " and " + name + " must not both be given with different values but were");
            }
            found = value;
            foundName = name;
        }
        return Optional.ofNullable(found);
    }

    /** A text. */
    public Optional<String> text(String... names) {
        return value(names).map(value -> {
            if (!value.isValueNode()) {
                throw wrong(names[0], "a text", value);
            }
            return value.asText();
        });
    }

    /** A whole number. */
    public Optional<Long> whole(String... names) {
        return value(names).map(value -> {
            if (value.isIntegralNumber() && value.canConvertToLong()) {
                return value.longValue();
            }
            double number = value.isTextual() || value.isNumber() ? parse(names[0], value) : Double.NaN;
            if (number != Math.rint(number) || Math.abs(number) > 9e15) {
                throw wrong(names[0], "a whole number", value);
            }
            return (long) number;
        });
    }

    /** A whole number that fits an int. */
    public Optional<Integer> integer(String... names) {
        return whole(names).map(value -> {
            if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
                throw HttpFailure.badField(
                        names[0],
                        names[0] + " must be a whole number of at most " + Integer.MAX_VALUE + " but was larger");
            }
            return value.intValue();
        });
    }

    /** A number. */
    public Optional<Double> number(String... names) {
        return value(names).map(value -> {
            double number = value.isTextual() || value.isNumber() ? parse(names[0], value) : Double.NaN;
            if (!Double.isFinite(number)) {
                throw wrong(names[0], "a number", value);
            }
            return number;
        });
    }

    private static double parse(String name, JsonNode value) {
        try {
            return Double.parseDouble(value.asText().strip());
        } catch (NumberFormatException e) {
            throw wrong(name, "a number", value);
        }
    }

    /** A yes or no. */
    public Optional<Boolean> truth(String... names) {
        return value(names).map(value -> {
            if (value.isBoolean()) {
                return value.booleanValue();
            }
            return switch (value.asText()) {
                case "true", "True", "1" -> true;
                case "false", "False", "0" -> false;
                default -> throw wrong(names[0], "true or false", value);
            };
        });
    }

    /** Passes over fields that have no effect here, by name; whether any was given. */
    public boolean drop(String... names) {
        boolean any = false;
        for (String name : names) {
            any |= left.remove(name) != null;
        }
        return any;
    }

    /** The names of the fields that nobody took, in alphabetical order. */
    public List<String> rest() {
        TreeSet<String> names = new TreeSet<>();
        left.fieldNames().forEachRemaining(names::add);
        return new ArrayList<>(names);
    }

    private static HttpFailure wrong(String name, String expected, JsonNode found) {
        return HttpFailure.badField(
                name, name + " must be " + expected + " but was of JSON type " + found.getNodeType());
    }
}
