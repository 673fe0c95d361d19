package dev.triptych.config;

import dev.triptych.storage.UserFolders;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The settings of one named generator, or of one section such as {@code cache}, secrets resolved. Values are texts,
 * lists or maps, as the file gave them, or booleans and numbers, as a program did; each accessor converts, and says the
 * whole key when it cannot. Immutable.
 */
public final class GeneratorSettings {

    private final String name;
    private final String path;
    private final Map<String, Object> values;
    private final Set<String> secrets;

    private GeneratorSettings(String name, String path, Map<String, ?> values, Set<String> secrets) {
        this.name = name;
        this.path = path;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        this.secrets = Set.copyOf(secrets);
    }

    /** Settings of the generator {@code name}. */
    public static GeneratorSettings of(String name, Map<String, ?> values) {
        return new GeneratorSettings(name, "generators." + name, values, Set.of());
    }

    /** Settings of the top-level section {@code name}. */
    public static GeneratorSettings ofSection(String name, Map<String, ?> values) {
        return new GeneratorSettings(name, name, values, Set.of());
    }

    /** These settings, knowing which of them are secret. */
    GeneratorSettings withSecrets(Collection<String> keys) {
        return new GeneratorSettings(name, path, values, Set.copyOf(keys));
    }

    /**
     * What the settings say about the generator's pictures, keys sorted: all but secrets and what stands around every
     * generator. Two generators of one type that differ here may make different pictures of the same request.
     */
    String ofPictures() {
        Map<String, Object> own = new TreeMap<>(values);
        own.keySet().removeAll(secrets);
        ConfigSchema.generatorKeys().forEach(key -> own.remove(key.name()));
        return sorted(own).toString();
    }

    private static Object sorted(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> copy = new TreeMap<>();
            map.forEach((key, each) -> copy.put(String.valueOf(key), sorted(each)));
            return copy;
        }
        return value instanceof List<?> list
                ? list.stream().map(GeneratorSettings::sorted).toList()
                : value;
    }

    /** Where {@code key} stands in the configuration, such as {@code "generators.studio.timeout"}. */
    String path(String key) {
        return path + "." + key;
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

    /** Whether the value of {@code key} is a map. */
    public boolean isMap(String key) {
        return values.get(key) instanceof Map;
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
                .orElseThrow(() -> new ConfigException(path(key) + " must be set but was not"));
    }

    /** The whole number of {@code key}. */
    public Optional<Integer> integer(String key) {
        return number(key, text -> Integer.valueOf(text.strip()), "a whole number");
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
        return number(key, SettingUnits::duration, "a time such as 30s or 5m");
    }

    /** The number of bytes of {@code key}: {@code 256MiB}, {@code 64KiB} or a plain number. */
    public Optional<Long> bytes(String key) {
        return number(key, SettingUnits::bytes, "a size such as 256MiB");
    }

    /** The number of {@code key}, such as a sum of money. */
    public Optional<BigDecimal> decimal(String key) {
        return number(key, text -> new BigDecimal(text.strip()), "a number");
    }

    private <T> Optional<T> number(String key, Function<String, T> reader, String expected) {
        return string(key).map(text -> {
            try {
                return reader.apply(text);
            } catch (IllegalArgumentException | ArithmeticException e) {
                throw new ConfigException(expected(key, expected, text), e);
            }
        });
    }

    /**
     * The file or folder of {@code key}; {@code ~/} is the user's home.
     *
     * @throws ConfigException if no file can have such a name, or the user has no home
     */
    public Optional<Path> file(String key) {
        return string(key).map(text -> {
            try {
                return UserFolders.expand(text);
            } catch (InvalidPathException e) {
                throw new ConfigException(expected(key, "the name of a file", text), e);
            } catch (IllegalStateException e) {
                throw new ConfigException(path(key) + ": " + e.getMessage(), e);
            }
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
        return path(key) + " must be " + expected + " but was \"" + found + "\"";
    }

    /** The name and the keys; no value, since any may be a secret. */
    @Override
    public String toString() {
        return "GeneratorSettings[" + path + ", keys=" + values.keySet() + "]";
    }
}
