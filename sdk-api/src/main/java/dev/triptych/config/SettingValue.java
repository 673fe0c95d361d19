package dev.triptych.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the value of a key may be, so that an editor can complete and check it. The reader of the key has the last word.
 * Immutable.
 *
 * @param kind what it is
 * @param words the words it may be, or whose list it may be; empty = any
 * @param keys what it holds, for a {@link Kind#MAP}; empty = anything
 * @param off whether it may also be {@code off}
 * @param range the least and the most of a number; every kind that is one has both
 */
public record SettingValue(
        Kind kind, List<String> words, List<SettingKey> keys, boolean off, Optional<SettingRange> range) {

    /** What a value is, apart from its words and keys. */
    public enum Kind {
        /** Any text, or a number or truth value that is read as one. */
        TEXT,
        /** A file or folder; {@code ~/} is the user's home. */
        PATH,
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
        NUMBER_OR_MAP,
        /** A folder, a list of files, or files by name; {@code ~/} is the user's home. */
        FILES
    }

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if a number has no range, or what is none has one
     */
    public SettingValue {
        words = List.copyOf(words);
        keys = List.copyOf(keys);
        if (range.isPresent() != SettingRange.standard(kind).isPresent()) {
            throw new IllegalArgumentException("a value of kind " + kind
                    + (range.isPresent() ? " has no range but was given one" : " must have a range but has none"));
        }
    }

    /** A value of {@code kind} without further rules; a number within what is sensible for its kind. */
    public static SettingValue of(Kind kind) {
        return new SettingValue(kind, List.of(), List.of(), false, SettingRange.standard(kind));
    }

    /**
     * A number of {@code kind} from {@code least} to {@code most}, written as a person would: {@code "1"},
     * {@code "30s"}, {@code "64MiB"}.
     */
    public static SettingValue between(Kind kind, String least, String most) {
        return new SettingValue(kind, List.of(), List.of(), false, Optional.of(SettingRange.of(kind, least, most)));
    }

    /** One of {@code words}. */
    public static SettingValue oneOf(String... words) {
        return new SettingValue(Kind.TEXT, List.of(words), List.of(), false, Optional.empty());
    }

    /** A list of some of {@code words}; of any where none are given. */
    public static SettingValue listOf(String... words) {
        return new SettingValue(Kind.LIST, List.of(words), List.of(), false, Optional.empty());
    }

    /** A map that holds {@code keys}. */
    public static SettingValue map(List<SettingKey> keys) {
        return new SettingValue(Kind.MAP, List.of(), keys, false, Optional.empty());
    }

    /** A sum, or a map that holds {@code keys}. */
    static SettingValue numberOr(List<SettingKey> keys) {
        return new SettingValue(Kind.NUMBER_OR_MAP, List.of(), keys, false, SettingRange.standard(Kind.NUMBER_OR_MAP));
    }

    /** This value, or the word {@code off}. */
    public SettingValue orOff() {
        return new SettingValue(kind, words, keys, true, range);
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
