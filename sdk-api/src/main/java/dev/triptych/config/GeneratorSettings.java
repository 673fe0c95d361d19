package dev.triptych.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The settings of one named generator, or of one section such as {@code cache}, secrets resolved. Values are texts,
 * lists or maps, as the file gave them, or booleans and numbers, as a program did; each accessor converts, and says the
 * whole key when it cannot. Immutable.
 */
public final class GeneratorSettings {

    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*(B|KiB|MiB|GiB)?");
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d+)\\s*(ms|s|m|h|d)");

    private final String name;
    private final String path;
    private final Map<String, Object> values;

    private GeneratorSettings(String name, String path, Map<String, ?> values) {
        this.name = name;
        this.path = path;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Settings of the generator {@code name}. */
    public static GeneratorSettings of(String name, Map<String, ?> values) {
        return new GeneratorSettings(name, "generators." + name, values);
    }

    /** Settings of the top-level section {@code name}. */
    public static GeneratorSettings ofSection(String name, Map<String, ?> values) {
        return new GeneratorSettings(name, name, values);
    }

    /** The name of the generator, or of the section, in the configuration. */
    public String name() {
        return name;
    }

    /** The keys that were given, in the file's order. */
    public Set<String> keys() {
        return values.keySet();
    }

    /** Whether {@code key} was given. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The text of {@code key}. */
    public Optional<String> string(String key) {
        Object value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Map || value instanceof List) {
            throw wrong(key, "a text", "a " + (value instanceof Map ? "map" : "list"));
        }
        return Optional.of(value.toString());
    }

    /**
     * The text of {@code key}.
     *
     * @throws ConfigException if it was not given
     */
    public String required(String key) {
        return string(key)
                .filter(value -> !value.isBlank())
                .orElseThrow(() -> new ConfigException(path + "." + key + " must be set but was not"));
    }

    /** The whole number of {@code key}. */
    public Optional<Integer> integer(String key) {
        return string(key).map(text -> {
            try {
                return Integer.valueOf(text.strip());
            } catch (NumberFormatException e) {
                throw new ConfigException(expected(key, "a whole number", text), e);
            }
        });
    }

    /** The truth value of {@code key}. */
    public Optional<Boolean> bool(String key) {
        return string(key).map(text -> switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw wrong(key, "true or false", text);
        });
    }

    /** The time of {@code key}: {@code 30s}, {@code 5m}, {@code 250ms} or ISO 8601 ({@code PT30S}). */
    public Optional<Duration> duration(String key) {
        return string(key).map(text -> {
            Matcher matcher = SHORT_DURATION.matcher(text.strip());
            if (matcher.matches()) {
                long amount = Long.parseLong(matcher.group(1));
                return switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                };
            }
            try {
                return Duration.parse(text.strip());
            } catch (DateTimeParseException e) {
                throw new ConfigException(expected(key, "a time such as 30s or 5m", text), e);
            }
        });
    }

    /** The number of bytes of {@code key}: {@code 256MiB}, {@code 64KiB} or a plain number. */
    public Optional<Long> bytes(String key) {
        return string(key).map(text -> {
            Matcher matcher = SIZE.matcher(text.strip());
            if (!matcher.matches()) {
                throw wrong(key, "a size such as 256MiB", text);
            }
            long amount = Long.parseLong(matcher.group(1));
            String unit = matcher.group(2) == null ? "B" : matcher.group(2);
            return switch (unit) {
                case "KiB" -> amount << 10;
                case "MiB" -> amount << 20;
                case "GiB" -> amount << 30;
                default -> amount;
            };
        });
    }

    /** The list of {@code key}; a single text is a list of one; empty where it was not given. */
    public List<String> strings(String key) {
        Object value = values.get(key);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        if (value instanceof Map) {
            throw wrong(key, "a list", "a map");
        }
        return List.of(value.toString());
    }

    /** The map of {@code key}, as the file gave it; empty where it was not given. */
    public Map<String, Object> map(String key) {
        Object value = values.get(key);
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong(key, "a map", value.toString());
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((k, v) -> copy.put(String.valueOf(k), v));
        return copy;
    }

    /** An error that names the whole key, what was expected and what was found. */
    public ConfigException wrong(String key, String expected, String found) {
        return new ConfigException(expected(key, expected, found));
    }

    private String expected(String key, String expected, String found) {
        return path + "." + key + " must be " + expected + " but was \"" + found + "\"";
    }

    /** The name and the keys; no value, since any may be a secret. */
    @Override
    public String toString() {
        return "GeneratorSettings[" + path + ", keys=" + values.keySet() + "]";
    }
}
