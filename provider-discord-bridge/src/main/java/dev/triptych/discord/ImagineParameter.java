package dev.triptych.discord;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;

/**
 * The {@code --parameters} of an imagine command and their ranges, as Midjourney's public parameter list had them in
 * mid-2026. What is not in this table is passed on as it is.
 */
public enum ImagineParameter {
    /** The shape, such as {@code 3:2}. */
    AR(Kind.RATIO, "ar", "aspect", "0", "0"),
    /** Where chance starts. */
    SEED(Kind.WHOLE, "seed", "seed", "0", "4294967295"),
    /** What to steer away from. */
    NO(Kind.TEXT, "no", "no", "0", "0"),
    /** How strongly the model's own taste rules. */
    STYLIZE(Kind.WHOLE, "stylize", "s", "0", "1000"),
    /** How far the pictures of a grid lie apart. */
    CHAOS(Kind.WHOLE, "chaos", "c", "0", "100"),
    /** How odd the pictures may be. */
    WEIRD(Kind.WHOLE, "weird", "w", "0", "3000"),
    /** A version of the model for drawings; alone it means the newest. */
    NIJI(Kind.WORD_OR_NOTHING, "niji", "niji", "0", "0"),
    /** How much an input picture counts. */
    IW(Kind.DECIMAL, "iw", "iw", "0", "3"),
    /** A picture whose edges meet when it is laid side by side with itself. */
    TILE(Kind.FLAG, "tile", "tile", "0", "0"),
    /** How long to work on a picture; 1 is the model's usual time. */
    QUALITY(Kind.DECIMAL, "q", "quality", "0.25", "4"),
    /** A version of the model. */
    VERSION(Kind.WORD, "v", "version", "0", "0"),
    /** A style of the model. */
    STYLE(Kind.WORD, "style", "style", "0", "0"),
    /** The model's plain style. */
    RAW(Kind.FLAG, "raw", "raw", "0", "0"),
    /** When to stop, in percent. */
    STOP(Kind.WHOLE, "stop", "stop", "10", "100"),
    /** Several jobs from one command. */
    REPEAT(Kind.WHOLE, "repeat", "r", "1", "40");

    private enum Kind {
        FLAG,
        WHOLE,
        DECIMAL,
        RATIO,
        WORD,
        WORD_OR_NOTHING,
        TEXT
    }

    private final Kind kind;
    private final String word;
    private final String alias;
    private final BigDecimal least;
    private final BigDecimal most;

    ImagineParameter(Kind kind, String word, String alias, String least, String most) {
        this.kind = kind;
        this.word = word;
        this.alias = alias;
        this.least = new BigDecimal(least);
        this.most = new BigDecimal(most);
    }

    /** The parameter called {@code name}, without dashes; empty where it is not in the table. */
    public static Optional<ImagineParameter> named(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (ImagineParameter parameter : values()) {
            if (parameter.word.equals(lower) || parameter.alias.equals(lower)) {
                return Optional.of(parameter);
            }
        }
        return Optional.empty();
    }

    /** Its usual name, without dashes. */
    public String word() {
        return word;
    }

    /**
     * {@code value} in its plain form.
     *
     * @throws IllegalArgumentException if the value is not one that this parameter takes
     */
    String check(String value) {
        return switch (kind) {
            case FLAG -> require(value.isEmpty(), value, "alone");
            case TEXT -> require(!value.isEmpty(), value, "followed by words");
            case WORD -> require(isWord(value), value, "followed by one word");
            case WORD_OR_NOTHING -> require(value.isEmpty() || isWord(value), value, "alone or followed by one word");
            case RATIO -> ratio(value);
            case WHOLE -> number(value, 0);
            case DECIMAL -> number(value, 2);
        };
    }

    private static boolean isWord(String value) {
        return !value.isEmpty() && value.chars().noneMatch(Character::isWhitespace);
    }

    private String ratio(String value) {
        String[] parts = value.split(":", -1);
        try {
            if (parts.length == 2 && Integer.parseInt(parts[0]) > 0 && Integer.parseInt(parts[1]) > 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(expected("WIDTH:HEIGHT, such as 3:2,", value), e);
        }
        throw new IllegalArgumentException(expected("WIDTH:HEIGHT, such as 3:2,", value));
    }

    private String number(String value, int decimals) {
        String wanted = (decimals == 0 ? "a whole number from " : "a number from ") + least.toPlainString() + " to "
                + most.toPlainString();
        try {
            BigDecimal number = new BigDecimal(value).stripTrailingZeros();
            boolean fits = number.scale() <= decimals && number.compareTo(least) >= 0 && number.compareTo(most) <= 0;
            return require(fits, number.toPlainString(), wanted);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(expected(wanted, value), e);
        }
    }

    private String require(boolean condition, String value, String wanted) {
        if (!condition) {
            throw new IllegalArgumentException(expected(wanted, value));
        }
        return value;
    }

    /** Free text may be part of the prompt, and no message quotes a prompt. */
    private String expected(String wanted, String value) {
        String found = value.isEmpty() ? "nothing" : value.length() <= 12 ? "\"" + value + "\"" : "something else";
        return "--" + word() + " must be " + wanted + " but was " + found;
    }
}
