package dev.triptych.config;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Reads settings of the chain from one part of the configuration.
 *
 * @param path where the part stands, such as {@code "generators.studio.retry"}
 * @param settings what it holds
 */
record ChainSection(String path, GeneratorSettings settings) {

    private static final Set<String> OFF = Set.of("off", "false", "no");

    /** The part at {@code path}, every key of which must be known. */
    static ChainSection of(String path, Map<String, ?> values, List<SettingKey> known) {
        GeneratorSettings settings = GeneratorSettings.ofSection(path, values);
        settings.keys().forEach(key -> KnownKeys.check(path + ".", key, ChainKeys.names(known)));
        SettingCheck.check(settings, known);
        return new ChainSection(path, settings);
    }

    /** The map at {@code key} as a part of its own; empty where nothing is there. */
    Optional<ChainSection> child(String key, List<SettingKey> known) {
        return settings.has(key) ? Optional.of(of(path + "." + key, settings.map(key), known)) : Optional.empty();
    }

    /** Whether the value of {@code key} is the word {@code off}, or another that means it. */
    boolean isOff(String key) {
        return settings.has(key)
                && !settings.isMap(key)
                && settings.string(key).filter(ChainSection::meansOff).isPresent();
    }

    /** Whether {@code text} is {@code off}, {@code false} or {@code no}. */
    static boolean meansOff(String text) {
        return OFF.contains(text.strip().toLowerCase(Locale.ROOT));
    }

    int integer(String key, int standard) {
        return settings.integer(key).orElse(standard);
    }

    Optional<BigDecimal> decimal(String key) {
        return settings.decimal(key);
    }

    /** The path of {@code key}; {@code ~/} stands for the user's home. */
    Optional<Path> file(String key) {
        return settings.file(key);
    }

    /** The constant that the word at {@code key} names: {@code when-safe} is {@code WHEN_SAFE}. */
    <E extends Enum<E>> Optional<E> word(String key, Class<E> type) {
        return settings.string(key).map(text -> constant(key, text, type));
    }

    <E extends Enum<E>> E constant(String key, String text, Class<E> type) {
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> written(each).equals(text.strip().toLowerCase(Locale.ROOT))
                        || (written(each).equals("off") && meansOff(text)))
                .findFirst()
                .orElseThrow(() -> settings.wrong(
                        key,
                        "one of "
                                + Arrays.stream(type.getEnumConstants())
                                        .map(ChainSection::written)
                                        .collect(Collectors.joining(", ")),
                        text));
    }

    /** The word that stands for {@code constant} in the configuration. */
    static String written(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What {@code made} gives, where a record's own check may say no. */
    static <T> T checked(String path, Supplier<T> made) {
        try {
            return made.get();
        } catch (ConfigException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new ConfigException(path + e.getMessage(), e);
        }
    }
}
