package dev.triptych.diffusion.prompt;

import java.text.Normalizer;

/**
 * The reference's cleaning of a text: white space collapsed to single spaces, lower case. Before that, a text is
 * repaired by {@link TextFixer} (transformers 4.57 with ftfy, which reads {@code vocab.json}), or only composed
 * (transformers 5 and the tokenizers library, which read {@code tokenizer.json}): the two differ at curly quotes,
 * ligatures, wide letters and text that was decoded wrongly.
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

    private TextCleaner() {}

    static String clean(String text) {
        return lowerCase(collapseSpaces(TextFixer.fix(text)));
    }

    /** The same as {@code tokenizer.json} has it: NFC in place of the repair, and no rule that looks around. */
    static String cleanUnrepaired(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        collapseSpaces(Normalizer.normalize(text, Normalizer.Form.NFC))
                .codePoints()
                .forEach(character -> {
                    if (character == CAPITAL_I_WITH_DOT) {
                        lower.append("i\u0307");
                    } else {
                        lower.appendCodePoint(CharacterClass.toLowerCase(character));
                    }
                });
        return lower.toString();
    }

    private static String collapseSpaces(String text) {
        StringBuilder collapsed = new StringBuilder(text.length());
        text.codePoints().forEach(character -> {
            if (CharacterClass.of(character) != CharacterClass.SPACE) {
                collapsed.appendCodePoint(character);
            } else if (!collapsed.isEmpty() && collapsed.charAt(collapsed.length() - 1) != ' ') {
                collapsed.append(' ');
            }
        });
        int length = collapsed.length();
        return length > 0 && collapsed.charAt(length - 1) == ' '
                ? collapsed.substring(0, length - 1)
                : collapsed.toString();
    }

    /** Python's {@code str.lower}: the full mapping of Unicode, with the one rule that looks around. */
    private static String lowerCase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            switch (character) {
                case CAPITAL_I_WITH_DOT -> lower.append("i\u0307");
                case CAPITAL_SIGMA -> lower.appendCodePoint(isFinal(text, at) ? FINAL_SIGMA : SMALL_SIGMA);
                default -> lower.appendCodePoint(CharacterClass.toLowerCase(character));
            }
            at += Character.charCount(character);
        }
        return lower.toString();
    }

    /** Unicode 14, section 3.13, Final_Sigma: a cased letter before it and none after it, ignorable ones skipped. */
    private static boolean isFinal(String text, int at) {
        int before = at;
        while (before > 0 && isCaseIgnorable(text.codePointBefore(before))) {
            before -= Character.charCount(text.codePointBefore(before));
        }
        if (before == 0 || !isCased(text.codePointBefore(before))) {
            return false;
        }
        int after = at + 1;
        while (after < text.length() && isCaseIgnorable(text.codePointAt(after))) {
            after += Character.charCount(text.codePointAt(after));
        }
        return after == text.length() || !isCased(text.codePointAt(after));
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
