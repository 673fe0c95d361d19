package dev.triptych.diffusion.tokenizer;

import java.text.Normalizer;
import java.util.StringTokenizer;

/**
 * The reference's cleaning of a text when ftfy is not installed (transformers 4.57, {@code BasicTokenizer} with
 * {@code strip_accents=False}): control characters go, white space becomes a space, a Chinese character stands alone,
 * NFC, lower case.
 */
final class TextCleaner {

    /** İ, the one letter whose lower case is two characters. */
    private static final int CAPITAL_I_WITH_DOT = 0x130;

    private static final int CAPITAL_SIGMA = 0x3a3;
    private static final int SMALL_SIGMA = 0x3c3;
    private static final int FINAL_SIGMA = 0x3c2;

    /** Word_Break = MidLetter, MidNumLet or Single_Quote: ignored around a sigma besides marks and modifiers. */
    private static final String MID_WORD =
            "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

    /** First and last code points of the blocks that count as Chinese. */
    private static final int[][] CHINESE = {
        {0x3400, 0x4dbf},
        {0x4e00, 0x9fff},
        {0xf900, 0xfaff},
        {0x20000, 0x2a6df},
        {0x2a700, 0x2b73f},
        {0x2b740, 0x2b81f},
        {0x2b820, 0x2ceaf},
        {0x2f800, 0x2fa1f}
    };

    private TextCleaner() {}

    /** The words of {@code text}, cleaned, one space between them. */
    static String clean(String text) {
        StringBuilder cleaned = new StringBuilder(text.length());
        StringTokenizer words = new StringTokenizer(Normalizer.normalize(visible(text), Normalizer.Form.NFC), " ");
        while (words.hasMoreTokens()) {
            appendLowerCase(words.nextToken(), cleaned);
            if (words.hasMoreTokens()) {
                cleaned.append(' ');
            }
        }
        return cleaned.toString();
    }

    private static String visible(String text) {
        StringBuilder visible = new StringBuilder(text.length());
        text.codePoints().forEach(character -> {
            switch (CharacterClass.of(character)) {
                case DROPPED -> {}
                case SPACE -> visible.append(' ');
                default -> {
                    if (isChinese(character)) {
                        visible.append(' ').appendCodePoint(character).append(' ');
                    } else {
                        visible.appendCodePoint(character);
                    }
                }
            }
        });
        return visible.toString();
    }

    private static boolean isChinese(int character) {
        for (int[] block : CHINESE) {
            if (character >= block[0] && character <= block[1]) {
                return true;
            }
        }
        return false;
    }

    /** Python's {@code str.lower}: the full mapping of Unicode, with the one rule that looks around. */
    private static void appendLowerCase(String word, StringBuilder lower) {
        for (int at = 0; at < word.length(); ) {
            int character = word.codePointAt(at);
            switch (character) {
                case CAPITAL_I_WITH_DOT -> lower.append("i\u0307");
                case CAPITAL_SIGMA -> lower.appendCodePoint(isFinal(word, at) ? FINAL_SIGMA : SMALL_SIGMA);
                default -> lower.appendCodePoint(CharacterClass.toLowerCase(character));
            }
            at += Character.charCount(character);
        }
    }

    /** Unicode 14, section 3.13, Final_Sigma: a cased letter before it and none after it, ignorable ones skipped. */
    private static boolean isFinal(String word, int at) {
        int before = at;
        while (before > 0 && isCaseIgnorable(word.codePointBefore(before))) {
            before -= Character.charCount(word.codePointBefore(before));
        }
        if (before == 0 || !isCased(word.codePointBefore(before))) {
            return false;
        }
        int after = at + 1;
        while (after < word.length() && isCaseIgnorable(word.codePointAt(after))) {
            after += Character.charCount(word.codePointAt(after));
        }
        return after == word.length() || !isCased(word.codePointAt(after));
    }

    private static boolean isCased(int character) {
        return Character.isLowerCase(character)
                || Character.isUpperCase(character)
                || Character.isTitleCase(character)
                || CharacterClass.toLowerCase(character) != character;
    }

    private static boolean isCaseIgnorable(int character) {
        return switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.MODIFIER_LETTER,
                    Character.MODIFIER_SYMBOL -> true;
            default -> MID_WORD.indexOf(character) >= 0;
        };
    }
}
