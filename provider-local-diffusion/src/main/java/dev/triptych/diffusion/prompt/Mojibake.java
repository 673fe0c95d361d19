package dev.triptych.diffusion.prompt;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Undoes the commonest decoding with a wrong encoding: UTF-8 that was read as Windows-1252, such as {@code Ã©} for
 * {@code é}.
 *
 * <p>A text is decoded again as a whole when all its characters have a byte in Windows-1252 and these bytes are valid
 * UTF-8 with at least two characters beyond ASCII. In any other text those sequences are decoded that sound text hardly
 * ever holds: of three or four bytes, and of two bytes for the characters U+0080 to U+00FF, unless the second is a mark
 * that may well follow a capital.
 *
 * <p>The reference (ftfy 6.3.1, {@code fix_encoding}) weighs which neighbours are likely, and so also mends other
 * encodings and texts that lost bytes; those stay as they are here.
 */
final class Mojibake {

    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    private static final String MAY_FOLLOW_A_CAPITAL = "\u2026\u2019\u201d\u00bb";

    private Mojibake() {}

    /** The text as it was before it was decoded wrongly, once or more often; a sound text as it is. */
    static String fix(String text) {
        String before;
        String fixed = text;
        do {
            before = fixed;
            fixed = decodedAgain(before).filter(Mojibake::isNoChance).orElse(decodedInParts(before));
        } while (!fixed.equals(before));
        return fixed;
    }

    /** One sequence of bytes may be a chance, as in a capital before an ellipsis; two are not. */
    private static boolean isNoChance(String decoded) {
        return decoded.codePoints().filter(character -> character >= 0x80).count() > 1;
    }

    private static String decodedInParts(String text) {
        StringBuilder fixed = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            int end = at + sequenceLength(text.charAt(at));
            Optional<String> decoded = end > at + 1 && end <= text.length() && isUnlikelyInSoundText(text, at)
                    ? decodedAgain(text.substring(at, end))
                    : Optional.empty();
            fixed.append(decoded.orElse(String.valueOf(text.charAt(at))));
            at = decoded.isPresent() ? end : at + 1;
        }
        return fixed.toString();
    }

    /** How many bytes UTF-8 has where {@code lead} is the first; 1 where it is none. */
    private static int sequenceLength(char lead) {
        if (lead >= 0xc2 && lead <= 0xdf) {
            return 2;
        }
        if (lead >= 0xe0 && lead <= 0xef) {
            return 3;
        }
        return lead >= 0xf0 && lead <= 0xf4 ? 4 : 1;
    }

    private static boolean isUnlikelyInSoundText(String text, int at) {
        char lead = text.charAt(at);
        return sequenceLength(lead) > 2 || (lead <= 0xc3 && MAY_FOLLOW_A_CAPITAL.indexOf(text.charAt(at + 1)) < 0);
    }

    /** Windows-1252's characters for the control characters U+0080 to U+009F, as web browsers read them. */
    static String replaceControls(String text) {
        if (text.chars().noneMatch(Mojibake::isControl)) {
            return text;
        }
        StringBuilder replaced = new StringBuilder(text.length());
        text.chars().forEach(character -> replaced.append(isControl(character) ? named(character) : (char) character));
        return replaced.toString();
    }

    private static boolean isControl(int character) {
        return character >= 0x80 && character <= 0x9f;
    }

    /** The character of one byte; the five bytes that Windows-1252 leaves open stand for themselves. */
    private static char named(int value) {
        char character = new String(new byte[] {(byte) value}, WINDOWS_1252).charAt(0);
        return character == '\ufffd' ? (char) value : character;
    }

    private static Optional<String> decodedAgain(String text) {
        if (text.chars().allMatch(character -> character < 0x80)) {
            return Optional.empty();
        }
        Optional<byte[]> bytes = bytes(text);
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.get()))
                    .toString());
        } catch (CharacterCodingException soundText) {
            return Optional.empty();
        }
    }

    /** The bytes of Windows-1252 or, where that has none, of Latin-1; empty where a character has neither. */
    private static Optional<byte[]> bytes(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            char character = text.charAt(i);
            if (character <= 0xff) {
                bytes[i] = (byte) character;
            } else {
                try {
                    bytes[i] = WINDOWS_1252
                            .newEncoder()
                            .encode(CharBuffer.wrap(new char[] {character}))
                            .get();
                } catch (CharacterCodingException hasNoByte) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(bytes);
    }
}
