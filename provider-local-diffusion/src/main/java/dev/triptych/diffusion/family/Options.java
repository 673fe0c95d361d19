package dev.triptych.diffusion.family;

import dev.triptych.ImageSize;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.error.LocalErrors;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * A request's options, {@code local.NAME}, read with types: a value that cannot be used is an error that names the
 * option. Immutable.
 *
 * @param values all options of the request, by their whole keys
 */
public record Options(Map<String, String> values) {

    /** Copies the map. */
    public Options {
        values = Map.copyOf(values);
    }

    /** The same with {@code defaults} where nothing else was given. */
    public Options or(Map<String, String> defaults) {
        Map<String, String> all = new HashMap<>(defaults);
        all.putAll(values);
        return new Options(all);
    }

    /** Whether {@code key} was given. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The text under {@code key}. */
    public Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /**
     * The number under {@code key}, between {@code low} and {@code high}.
     *
     * @throws UnsupportedRequestException if it is none
     */
    public OptionalDouble number(String key, double low, double high) {
        if (!has(key)) {
            return OptionalDouble.empty();
        }
        double value = checked(key, Options::parseNumber);
        if (!(value >= low && value <= high)) {
            throw outside(key, low, high);
        }
        return OptionalDouble.of(value);
    }

    /**
     * The whole number under {@code key}, between {@code low} and {@code high}.
     *
     * @throws UnsupportedRequestException if it is none
     */
    public OptionalInt wholeNumber(String key, int low, int high) {
        if (!has(key)) {
            return OptionalInt.empty();
        }
        int value = checked(key, Options::parseWhole);
        if (value < low || value > high) {
            throw outside(key, low, high);
        }
        return OptionalInt.of(value);
    }

    /**
     * Whether {@code key} is {@code true}; {@code false} where it was not given.
     *
     * @throws UnsupportedRequestException if it is neither
     */
    public boolean flag(String key) {
        return has(key) && checked(key, Options::parseFlag);
    }

    /**
     * The size under {@code key}, {@code WIDTHxHEIGHT}.
     *
     * @throws UnsupportedRequestException if it is none
     */
    public Optional<ImageSize> size(String key) {
        return text(key).map(text -> checked(key, ImageSize::parse));
    }

    /**
     * Two whole numbers from 0 under {@code key}, {@code A,B}.
     *
     * @throws UnsupportedRequestException if they are none
     */
    public Optional<int[]> pair(String key) {
        return text(key).map(text -> checked(key, Options::parsePair));
    }

    /** What {@code reader} makes of the option {@code key}; its IllegalArgumentException becomes ours. */
    public <T> T checked(String key, Function<String, T> reader) {
        try {
            return reader.apply(values.getOrDefault(key, "").strip());
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported("option " + key + ": " + e.getMessage(), e);
        }
    }

    private UnsupportedRequestException outside(String key, Number low, Number high) {
        return LocalErrors.unsupported(
                "option " + key + " must be between " + low + " and " + high + " but was " + values.get(key));
    }

    private static double parseNumber(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number but was \"" + text + "\"", e);
        }
    }

    private static int parseWhole(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number but was \"" + text + "\"", e);
        }
    }

    private static boolean parseFlag(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("must be true or false but was \"" + text + "\"");
        }
        return text.equals("true");
    }

    private static int[] parsePair(String text) {
        String[] parts = text.split(",", -1);
        if (parts.length != 2
                || !parts[0].strip().matches("\\d{1,6}")
                || !parts[1].strip().matches("\\d{1,6}")) {
            throw new IllegalArgumentException("must be two whole numbers, A,B, but was \"" + text + "\"");
        }
        return new int[] {Integer.parseInt(parts[0].strip()), Integer.parseInt(parts[1].strip())};
    }
}
