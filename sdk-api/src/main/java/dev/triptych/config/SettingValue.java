package dev.triptych.config;

import java.util.Arrays;
import java.util.List;

/**
 * What the value of a key may be, so that an editor can complete and check it. The reader of the key has the last word.
 * Immutable.
 *
 * @param kind what it is
 * @param words the words it may be, or whose list it may be; empty = any
 * @param keys what it holds, for a {@link Kind#MAP}; empty = anything
 * @param off whether it may also be {@code off}
 */
public record SettingValue(Kind kind, List<String> words, List<SettingKey> keys, boolean off) {

    /** What a value is, apart from its words and keys. */
    public enum Kind {
        /** Any text, or a number or truth value that is read as one. */
        TEXT,
        /** A list of texts; a single text is a list of one. */
        LIST,
        /** {@code true} or {@code false}. */
        BOOLEAN,
        /** A whole number. */
        INTEGER,
        /** A number, such as a sum of money. */
        NUMBER,
        /** A time, such as {@code 30s}. */
        DURATION,
        /** A number of bytes, such as {@code 64MiB}. */
        BYTES,
        /** Keys and values. */
        MAP,
        /** Numbers by name. */
        NUMBERS,
        /** A number, or keys and values. */
        NUMBER_OR_MAP
    }

    /** Copies the lists. */
    public SettingValue {
        words = List.copyOf(words);
        keys = List.copyOf(keys);
    }

    /** A value of {@code kind} without further rules. */
    public static SettingValue of(Kind kind) {
        return new SettingValue(kind, List.of(), List.of(), false);
    }

    /** One of {@code words}. */
    public static SettingValue oneOf(String... words) {
        return new SettingValue(Kind.TEXT, List.of(words), List.of(), false);
    }

    /** A list of some of {@code words}; of any where none are given. */
    public static SettingValue listOf(String... words) {
        return new SettingValue(Kind.LIST, List.of(words), List.of(), false);
    }

    /** A map that holds {@code keys}. */
    public static SettingValue map(List<SettingKey> keys) {
        return new SettingValue(Kind.MAP, List.of(), keys, false);
    }

    /** This value, or the word {@code off}. */
    public SettingValue orOff() {
        return new SettingValue(kind, words, keys, true);
    }

    /** One of the words that stand for the constants of {@code type}. */
    static SettingValue oneOf(Class<? extends Enum<?>> type) {
        return oneOf(written(type));
    }

    /** A list of some of the words that stand for the constants of {@code type}. */
    static SettingValue listOf(Class<? extends Enum<?>> type) {
        return listOf(written(type));
    }

    private static String[] written(Class<? extends Enum<?>> type) {
        return Arrays.stream(type.getEnumConstants()).map(ChainSection::written).toArray(String[]::new);
    }
}
