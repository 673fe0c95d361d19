package dev.triptych.config;

import dev.triptych.config.SettingValue.Kind;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Holds the numbers of a configuration against the ranges of their keys. */
final class SettingCheck {

    private SettingCheck() {}

    /**
     * Checks every number in {@code settings} that {@code keys} describe. What holds a reference is passed over: it is
     * checked once it has been looked up.
     *
     * @throws ConfigException if one is no number, or beyond its range
     */
    static void check(GeneratorSettings settings, List<SettingKey> keys) {
        keys.stream().filter(key -> settings.has(key.name())).forEach(key -> check(settings, key.name(), key.value()));
    }

    private static void check(GeneratorSettings settings, String key, SettingValue value) {
        switch (value.kind()) {
            case MAP -> checkMap(settings, key, value.keys());
            case NUMBER_OR_MAP -> {
                if (settings.isMap(key)) {
                    checkMap(settings, key, value.keys());
                } else {
                    checkNumber(settings, key, value);
                }
            }
            case NUMBERS -> {
                if (settings.isMap(key)) {
                    GeneratorSettings numbers = below(settings, key);
                    numbers.keys().forEach(name -> checkNumber(numbers, name, value));
                }
            }
            case INTEGER, NUMBER, DURATION, BYTES -> checkNumber(settings, key, value);
            case TEXT, PATH, LIST, BOOLEAN, FILES -> {}
        }
    }

    private static void checkMap(GeneratorSettings settings, String key, List<SettingKey> keys) {
        if (settings.isMap(key)) {
            check(below(settings, key), keys);
        }
    }

    private static GeneratorSettings below(GeneratorSettings settings, String key) {
        Map<String, Object> values = settings.map(key);
        return GeneratorSettings.ofSection(settings.path(key), values);
    }

    private static void checkNumber(GeneratorSettings settings, String key, SettingValue value) {
        String text = settings.string(key).orElse("");
        if (text.contains("${") || (value.off() && ChainSection.meansOff(text))) {
            return;
        }
        BigDecimal amount = amount(settings, key, value.kind(), text);
        SettingRange range = value.range().orElseThrow();
        if (!range.holds(value.kind(), amount)) {
            throw settings.wrong(key, "between " + range.least() + " and " + range.most(), text);
        }
    }

    private static BigDecimal amount(GeneratorSettings settings, String key, Kind kind, String text) {
        try {
            return SettingUnits.amount(kind, text);
        } catch (ArithmeticException e) {
            return BigDecimal.TEN.pow(40); // Beyond every range.
        } catch (IllegalArgumentException e) {
            throw settings.wrong(key, expected(kind), text);
        }
    }

    private static String expected(Kind kind) {
        return switch (kind) {
            case INTEGER -> "a whole number";
            case DURATION -> "a time such as 30s or 5m";
            case BYTES -> "a size such as 256MiB";
            default -> "a number";
        };
    }
}
