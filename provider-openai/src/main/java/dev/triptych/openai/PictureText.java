package dev.triptych.openai;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells a picture written as a text from a link to one: both come where only one was promised. */
final class PictureText {

    private static final int SIGNATURE_CHARACTERS = 16;

    private static final Pattern PREFIX =
            Pattern.compile("data:[^,]{0,128};base64,", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private PictureText() {}

    /** Whether {@code head} begins as a picture of a known format does. */
    static boolean isPicture(byte[] head) {
        String start = new String(head, 0, Math.min(head.length, 12), StandardCharsets.ISO_8859_1);
        return start.startsWith("\u0089PNG\r\n")
                || start.startsWith("\u00ff\u00d8\u00ff")
                || (start.startsWith("RIFF") && start.startsWith("WEBP", 8))
                || start.startsWith("GIF8")
                || start.startsWith("ftypavi", 4);
    }

    /** Whether {@code text} is base64 of a picture, with or without the prefix of a data URL. */
    static boolean isPicture(String text) {
        String encoded = withoutPrefix(text);
        if (encoded.length() < SIGNATURE_CHARACTERS) {
            return false;
        }
        try {
            return isPicture(Base64.getDecoder().decode(encoded.substring(0, SIGNATURE_CHARACTERS)));
        } catch (IllegalArgumentException e) {
            return false; // not base64
        }
    }

    /** The bytes of {@code text}, where it is base64; empty where it is not. */
    static Optional<byte[]> decode(String text) {
        String encoded = withoutPrefix(text).replace('-', '+').replace('_', '/');
        try {
            return Optional.of(Base64.getMimeDecoder().decode(encoded));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String withoutPrefix(String text) {
        var prefix = PREFIX.matcher(text);
        return prefix.lookingAt() ? text.substring(prefix.end()) : text;
    }
}
