package dev.triptych.diffusion.tokenizer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Undoes a decoding with the wrong encoding, such as {@code Ã©} for {@code é}, by the heuristics of ftfy 6.3.1
 * ({@code fix_encoding}): where neighbours in a text hardly occur in sound text, an encoding is sought in which its
 * characters are the bytes of UTF-8. The facts about encodings and neighbours are in the resource {@code mojibake.txt}.
 *
 * <p>Bytes are handled as strings of the characters U+0000 to U+00FF.
 */
final class Mojibake {

    private static final char REPLACEMENT = '\ufffd';

    /** The byte that stands for a byte which was lost to a replacement character. */
    private static final char LOST = 0x1a;

    private static final Pattern CONTROL = Pattern.compile("[\\x80-\\x9f]");

    /** A whole word à whose second byte became a space; the exceptions are Portuguese: às, àquele, àquela, àquilo. */
    private static final Pattern A_GRAVE = Pattern.compile("\u00c3 (?! |quele|quela|quilo|s )");

    /** Sequences of UTF-8 in which the byte A0 became a space and that give likely characters. */
    private static final Pattern SPACE_FOR_A0 = Pattern.compile("[\u00c2\u00c3\u00c5\u00ce\u00d0\u00d9] "
            + "|[\u00e2\u00e3] [\\x80-\\x84\\x86-\\x9f\u00a1-\u00bf]"
            + "|[\u00e0-\u00e3][\\x80-\\x84\\x86-\\x9f\u00a1-\u00bf] "
            + "|\u00f0 [\\x80-\u00bf]{2}"
            + "|\u00f0[\\x80-\u00bf] [\\x80-\u00bf]"
            + "|\u00f0[\\x80-\u00bf]{2} ");

    /** Sequences of UTF-8 and CESU-8 that lost a byte, to {@link #LOST} or once to a question mark. */
    private static final Pattern LOSSY = Pattern.compile("[\u00c2-\u00df]\\x1a"
            + "|[\u00c2-\u00c3]\\?"
            + "|\u00ed[\u00a0-\u00af][\\x1a?]\u00ed[\u00b0-\u00bf][\\x1a?\\x80-\u00bf]"
            + "|\u00ed[\u00a0-\u00af][\\x1a?\\x80-\u00bf]\u00ed[\u00b0-\u00bf][\\x1a?]"
            + "|[\u00e0-\u00ef][\\x1a?][\\x1a\\x80-\u00bf]"
            + "|[\u00e0-\u00ef][\\x1a\\x80-\u00bf][\\x1a?]"
            + "|[\u00f0-\u00f4][\\x1a?][\\x1a\\x80-\u00bf]{2}"
            + "|[\u00f0-\u00f4][\\x1a\\x80-\u00bf][\\x1a?][\\x1a\\x80-\u00bf]"
            + "|[\u00f0-\u00f4][\\x1a\\x80-\u00bf]{2}[\\x1a?]"
            + "|\\x1a");

    /** U+FFFD in UTF-8. */
    private static final String LOST_CHARACTER = "\u00ef\u00bf\u00bd";

    /** Java's form of U+0000, and a surrogate pair of which each half is three bytes (CESU-8). */
    private static final Pattern UTF8_VARIANT = Pattern.compile(
            "\u00c0\\x80|\u00ed([\u00a0-\u00af])([\\x80-\u00bf])\u00ed([\u00b0-\u00bf])([\\x80-\u00bf])");

    private Mojibake() {}

    /** The text as it was before it was decoded wrongly, once or more often; a sound text as it is. */
    static String fix(String text) {
        String before;
        String fixed = text;
        do {
            before = fixed;
            fixed = fixOnce(fixed);
        } while (!fixed.equals(before));
        return fixed;
    }

    /** Windows-1252's characters for the control characters U+0080 to U+009F, as web browsers read them. */
    static String replaceControls(String text) {
        return CONTROL.matcher(text).find()
                ? CONTROL.matcher(text)
                        .replaceAll(match -> Character.toString(Tables.INSTANCE.windows1252.character(
                                match.group().charAt(0))))
                : text;
    }

    private static String fixOnce(String text) {
        if (text.chars().allMatch(character -> character < 0x80) || !isBad(text)) {
            return text;
        }
        List<Encoding> encodings = Tables.INSTANCE.encodings;
        for (Encoding encoding : encodings) {
            String bytes = encoding.encode(text);
            Optional<String> decoded = bytes == null ? Optional.empty() : decodeUtf8(repair(bytes, encoding));
            if (decoded.isPresent()) {
                return decoded.get();
            }
        }
        String inPart = fixParts(text);
        if (!inPart.equals(text)) {
            return inPart;
        }
        return replaceControls(text);
    }

    private static boolean isBad(String text) {
        return Tables.INSTANCE.bad.matcher(text).find();
    }

    private static String repair(String bytes, Encoding encoding) {
        String repaired = bytes;
        if (!encoding.name.equals("macroman") && SPACE_FOR_A0.matcher(repaired).find()) {
            repaired = A_GRAVE.matcher(repaired).replaceAll("\u00c3\u00a0 ");
            repaired = SPACE_FOR_A0
                    .matcher(repaired)
                    .replaceAll(match -> match.group().replace(' ', '\u00a0'));
        }
        return encoding.isSloppy() ? LOSSY.matcher(repaired).replaceAll(LOST_CHARACTER) : repaired;
    }

    /** The text of {@code bytes}; empty where they are not UTF-8. */
    private static Optional<String> decodeUtf8(String bytes) {
        String plain = UTF8_VARIANT.matcher(bytes).replaceAll(match -> {
            if (match.group(1) == null) {
                return "\u0000";
            }
            int character = 0x10000
                    + ((match.group(1).charAt(0) & 0x0f) << 16)
                    + ((match.group(2).charAt(0) & 0x3f) << 10)
                    + ((match.group(3).charAt(0) & 0x0f) << 6)
                    + (match.group(4).charAt(0) & 0x3f);
            byte[] utf8 = Character.toString(character).getBytes(StandardCharsets.UTF_8);
            return new String(utf8, StandardCharsets.ISO_8859_1);
        });
        try {
            ByteBuffer utf8 = ByteBuffer.wrap(plain.getBytes(StandardCharsets.ISO_8859_1));
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(utf8).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Fixes the parts that look like UTF-8 each for itself, in a text put together from different encodings. */
    private static String fixParts(String text) {
        return Tables.INSTANCE.looksLikeUtf8.matcher(text).replaceAll(match -> {
            String part = match.group();
            return Matcher.quoteReplacement(part.length() < text.length() && isBad(part) ? fix(part) : part);
        });
    }

    /** An encoding with one byte a character; bytes below 80 are ASCII. */
    private static final class Encoding {

        private final String name;
        private final String upperHalf;
        private final Map<Character, Character> byteOf = new HashMap<>();

        private Encoding(String name, String upperHalf) {
            this.name = name;
            this.upperHalf = upperHalf;
            for (int i = 0; i < upperHalf.length(); i++) {
                byteOf.put(upperHalf.charAt(i), (char) (0x80 + i));
            }
            if (isSloppy()) {
                byteOf.put(REPLACEMENT, LOST);
            }
        }

        /** Whether each byte without a character stands for that of Latin-1, as in careless programs. */
        private boolean isSloppy() {
            return name.startsWith("sloppy");
        }

        private char character(char value) {
            return upperHalf.charAt(value - 0x80);
        }

        /** The bytes of {@code text}; null where it has other characters. */
        private @Nullable String encode(String text) {
            StringBuilder bytes = new StringBuilder(text.length());
            for (int i = 0; i < text.length(); i++) {
                char character = text.charAt(i);
                Character value = character < 0x80 ? Character.valueOf(character) : byteOf.get(character);
                if (value == null || (isSloppy() && character == LOST)) {
                    return null;
                }
                bytes.append(value.charValue());
            }
            return bytes.toString();
        }
    }

    /** The resource, read when the first text needs it that is not ASCII. */
    private static final class Tables {

        private static final Tables INSTANCE = new Tables();

        private final List<Encoding> encodings = new ArrayList<>();
        private final Encoding windows1252;
        private final Pattern bad;
        private final Pattern looksLikeUtf8;

        private Tables() {
            Map<String, String> sets = new HashMap<>();
            List<String> suspicious = new ArrayList<>();
            for (String line : Resource.lines("mojibake.txt")) {
                String[] parts = line.split(" ", 3);
                switch (parts[0]) {
                    case "set" -> sets.put(parts[1], parts[2]);
                    case "encoding" -> encodings.add(new Encoding(parts[1], characters(parts[2])));
                    default -> suspicious.add(line.substring(parts[0].length() + 1));
                }
            }
            bad = Pattern.compile(fill(String.join("|", suspicious), sets));
            looksLikeUtf8 = Pattern.compile(fill(
                    "(?<![{strictContinuation}])(?:[{firstOf2}][{continuation}]|[{firstOf3}][{continuation}]{2}"
                            + "|[{firstOf4}][{continuation}]{3})+",
                    sets));
            windows1252 = encodings.stream()
                    .filter(encoding -> encoding.name.endsWith("windows-1252"))
                    .findFirst()
                    .orElseThrow();
        }

        private static String fill(String pattern, Map<String, String> sets) {
            String filled = pattern;
            for (Map.Entry<String, String> set : sets.entrySet()) {
                filled = filled.replace("{" + set.getKey() + "}", set.getValue());
            }
            return filled;
        }

        private static String characters(String hex) {
            StringBuilder characters = new StringBuilder();
            for (int at = 0; at < hex.length(); at += 4) {
                characters.append((char) Integer.parseInt(hex, at, at + 4, 16));
            }
            return characters.toString();
        }
    }
}
