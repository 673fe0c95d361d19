package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.NearestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A JSON config file, read with types: a value of the wrong kind is an error that names the file and the key. */
public final class ConfigFile {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Real configs have a few kilobytes. */
    private static final long MAX_BYTES = 16L << 20;

    private final Path file;
    private final JsonNode root;

    private ConfigFile(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /**
     * Reads {@code file}.
     *
     * @throws ModelLoadException if it is missing or no JSON object
     */
    public static ConfigFile read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new ModelLoadException(
                        file + " must be at most " + MAX_BYTES + " bytes but has " + Files.size(file));
            }
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            if (!root.isObject()) {
                throw new ModelLoadException(file + " must be a JSON object but is not");
            }
            return new ConfigFile(file, root);
        } catch (NoSuchFileException e) {
            throw new ModelLoadException(file + " must be a JSON file but does not exist", e);
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(file + " must be a JSON object but is not: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** {@code file} if it exists, else what stands in for it. */
    public static ConfigFile readOr(Path file, ObjectNode standard) {
        return Files.exists(file) ? read(file) : new ConfigFile(file, standard);
    }

    /** What stands for a file that is not there: {@code root}, of which messages say that it is in {@code file}. */
    public static ConfigFile of(Path file, ObjectNode root) {
        return new ConfigFile(file, root);
    }

    /** A JSON object to be filled. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The object under {@code key}, or this config if there is none. */
    public ConfigFile within(String key) {
        return root.path(key).isObject() ? new ConfigFile(file, root.path(key)) : this;
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /** All of it, not to be changed. */
    public JsonNode root() {
        return root;
    }

    /** Each key and its value, in the order of the file. */
    public Map<String, JsonNode> values() {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        root.properties().forEach(entry -> values.put(entry.getKey(), entry.getValue()));
        return values;
    }

    /** Whether {@code key} is there and not null. */
    public boolean has(String key) {
        return root.hasNonNull(key);
    }

    /** What is under {@code key}; missing where nothing is. */
    public JsonNode node(String key) {
        return root.path(key);
    }

    /** The whole number under {@code key}, or {@code standard}. */
    public int integer(String key, int standard) {
        return has(key) ? integer(key, root.get(key), "a whole number") : standard;
    }

    /** The whole number under {@code key}, if there is one. */
    public Optional<Integer> integer(String key) {
        return has(key) ? Optional.of(integer(key, 0)) : Optional.empty();
    }

    /** The whole number above 0 under {@code key}, or {@code standard}. */
    public int positive(String key, int standard) {
        int value = integer(key, standard);
        if (value <= 0) {
            throw wrong(key, "a whole number above 0");
        }
        return value;
    }

    /** The number under {@code key}, or {@code standard}. */
    public double number(String key, double standard) {
        if (has(key) && !root.get(key).isNumber()) {
            throw wrong(key, "a number");
        }
        return has(key) ? root.get(key).doubleValue() : standard;
    }

    /** The number from 0 under {@code key}, or {@code standard}. */
    public double atLeastZero(String key, double standard) {
        double value = number(key, standard);
        if (value < 0) {
            throw wrong(key, "a number from 0");
        }
        return value;
    }

    /** The flag under {@code key}, or {@code standard}. */
    public boolean flag(String key, boolean standard) {
        if (has(key) && !root.get(key).isBoolean()) {
            throw wrong(key, "true or false");
        }
        return has(key) ? root.get(key).booleanValue() : standard;
    }

    /** The text under {@code key}, or {@code standard}. */
    public String text(String key, String standard) {
        if (has(key) && !root.get(key).isTextual()) {
            throw wrong(key, "a text");
        }
        return has(key) ? root.get(key).textValue() : standard;
    }

    /** The text under {@code key}, which must be one of {@code supported}. */
    public String oneOf(String key, String standard, Collection<String> supported) {
        String value = text(key, standard);
        if (!supported.contains(value)) {
            throw wrong(key, "one of " + new TreeSet<>(supported) + ", which are supported,");
        }
        return value;
    }

    /** A list of positive numbers. */
    public List<Integer> integers(String key, List<Integer> standard) {
        return has(key) ? elements(key, root.get(key), "a list of whole numbers above 0") : standard;
    }

    /** A list of {@code size} positive numbers; one number stands for a list of equal ones. */
    public List<Integer> integerOrList(String key, int standard, int size) {
        if (!has(key) || root.get(key).isInt()) {
            return Collections.nCopies(size, positive(key, standard));
        }
        return sized(key, elements(key, root.get(key), "a whole number above 0 or a list of them"), size);
    }

    /** A list of {@code size} flags; one flag stands for a list of equal ones. */
    public List<Boolean> flagOrList(String key, boolean standard, int size) {
        if (!root.path(key).isArray()) {
            return Collections.nCopies(size, flag(key, standard));
        }
        List<Boolean> flags = new ArrayList<>();
        for (JsonNode element : root.get(key)) {
            if (!element.isBoolean()) {
                throw wrong(key, "true, false or a list of them");
            }
            flags.add(element.booleanValue());
        }
        return sized(key, flags, size);
    }

    /** A list of texts. */
    public List<String> texts(String key, List<String> standard) {
        if (!has(key)) {
            return standard;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : root.get(key)) {
            texts.add(element.asText());
        }
        if (!root.get(key).isArray()) {
            throw wrong(key, "a list of texts");
        }
        return texts;
    }

    /** A list of numbers; empty if the key is absent or null. */
    public List<Float> numbers(String key) {
        List<Float> numbers = new ArrayList<>();
        for (JsonNode element : root.path(key)) {
            if (!element.isNumber()) {
                throw wrong(key, "a list of numbers");
            }
            numbers.add(element.floatValue());
        }
        if (has(key) && !root.get(key).isArray()) {
            throw wrong(key, "a list of numbers");
        }
        return List.copyOf(numbers);
    }

    /** Refuses a config in which {@code key} is set to anything but {@code neutral}, absent or null. */
    public void mustBeUnset(String key, String neutral) {
        if (!has(key)) {
            return;
        }
        JsonNode value = root.get(key);
        if (value.isContainerNode() || !value.asText().equals(neutral)) {
            throw wrong(
                    key,
                    neutral.isEmpty() ? "null, the only supported value," : neutral + ", the only supported value,");
        }
    }

    /**
     * A sentence for each key that is neither in {@code known}, nor private ({@code _name}), nor null: diffusers
     * ignores such keys, and so do we, but a mistyped one should be seen.
     */
    public List<String> unknownKeys(Collection<String> known) {
        List<String> remarks = new ArrayList<>();
        for (String key : keys()) {
            if (!known.contains(key) && !key.startsWith("_") && has(key)) {
                remarks.add(
                        file + ": \"" + key + "\" is no option this engine knows and has no effect; the nearest is \""
                                + NearestNames.to(key, known).get(0) + "\"");
            }
        }
        return List.copyOf(remarks);
    }

    /** Refuses keys that are not in {@code known}: for files of our own, in which a mistyped key is a mistake. */
    void refuseUnknown(Collection<String> known) {
        for (String key : keys()) {
            if (!known.contains(key) && !key.startsWith("_") && has(key)) {
                throw new ModelLoadException(file + ": \"" + key
                        + "\" must be an option this engine knows but is not; the nearest is \""
                        + NearestNames.to(key, known).get(0) + "\"");
            }
        }
    }

    /** All keys, in the order of the file. */
    public Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        root.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** The error of a value under {@code key} that is not {@code expected}. */
    public ModelLoadException wrong(String key, String expected) {
        return new ModelLoadException(file + ": \"" + key + "\" must be " + expected + " but was "
                + (root.has(key) ? root.get(key) : "absent"));
    }

    private <T> List<T> sized(String key, List<T> list, int size) {
        if (list.size() != size) {
            throw wrong(key, "a list of " + size + ", one for each block,");
        }
        return List.copyOf(list);
    }

    private List<Integer> elements(String key, JsonNode array, String expected) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonNode element : array) {
            int number = integer(key, element, expected);
            if (number <= 0) {
                throw wrong(key, expected);
            }
            numbers.add(number);
        }
        if (!array.isArray() || numbers.isEmpty()) {
            throw wrong(key, expected);
        }
        return List.copyOf(numbers);
    }

    private int integer(String key, JsonNode value, String expected) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key, expected);
        }
        return value.intValue();
    }
}
