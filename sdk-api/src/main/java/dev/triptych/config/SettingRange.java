package dev.triptych.config;

import dev.triptych.config.SettingValue.Kind;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * The least and the most that a number of the configuration may be, both allowed.
 *
 * @param least the least, as a person writes it, such as {@code "1"}, {@code "30s"} or {@code "64MiB"}
 * @param most the most, written in the same way
 */
public record SettingRange(String least, String most) {

    /** A range of numbers of {@code kind}. */
    static SettingRange of(Kind kind, String least, String most) {
        if (SettingUnits.amount(kind, least).compareTo(SettingUnits.amount(kind, most)) > 0) {
            throw new IllegalArgumentException("range must not end before it begins but is " + least + " to " + most);
        }
        return new SettingRange(least, most);
    }

    /** What is sensible for any number of {@code kind} that says nothing else; empty for what is no number. */
    static Optional<SettingRange> standard(Kind kind) {
        return switch (kind) {
            case INTEGER -> Optional.of(of(kind, "0", "1000"));
            case NUMBER, NUMBERS, NUMBER_OR_MAP -> Optional.of(of(kind, "0", "1000000000"));
            case DURATION -> Optional.of(of(kind, "0s", "31d"));
            // What one Java array holds; a key for more says so.
            case BYTES -> Optional.of(of(kind, "0", "2047MiB"));
            case TEXT, PATH, LIST, BOOLEAN, MAP, FILES -> Optional.empty();
        };
    }

    /** Whether {@code amount}, in the smallest unit of {@code kind}, lies within. */
    boolean holds(Kind kind, BigDecimal amount) {
        return SettingUnits.amount(kind, least).compareTo(amount) <= 0
                && amount.compareTo(SettingUnits.amount(kind, most)) <= 0;
    }

    /** {@code "1 to 100"}. */
    @Override
    public String toString() {
        return least + " to " + most;
    }
}
