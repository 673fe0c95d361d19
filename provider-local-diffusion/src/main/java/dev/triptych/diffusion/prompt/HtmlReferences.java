package dev.triptych.diffusion.prompt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Character references of HTML, an ampersand with a name or number: those with a semicolon, as the standard decodes
 * them [1], and names in capitals where only one letter can be meant.
 *
 * <p>[1] HTML Living Standard, 13.2.5.80 (numeric character reference end state) and 13.5 (named references).
 */
final class HtmlReferences {

    private static final Pattern REFERENCE = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
    private static final Pattern NUMERIC = Pattern.compile("&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));");

    private static final int REPLACEMENT = 0xfffd;

    private HtmlReferences() {}

    static String decode(String text) {
        return text.indexOf('&') < 0
                ? text
                : REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(decode(match)));
    }

    private static String decode(MatchResult reference) {
        String whole = reference.group();
        if (!whole.startsWith("&#")) {
            return Names.INSTANCE.texts.getOrDefault(whole.substring(1, whole.length() - 1), whole);
        }
        Matcher numeric = NUMERIC.matcher(whole);
        if (!numeric.matches()) {
            return whole;
        }
        String character =
                character(numeric.group(1) == null ? number(numeric.group(2), 10) : number(numeric.group(1), 16));
        // A semicolon would look as if the reference had been read only in part.
        return character.equals(";") ? whole : character;
    }

    /** The number, or one beyond all characters where it is larger than that. */
    private static int number(String digits, int radix) {
        int number = 0;
        for (int i = 0; i < digits.length() && number <= Character.MAX_CODE_POINT; i++) {
            number = number * radix + Character.digit(digits.charAt(i), radix);
        }
        return number;
    }

    private static String character(int number) {
        if (number == 0 || number > Character.MAX_CODE_POINT || (number >= 0xd800 && number <= 0xdfff)) {
            return Character.toString(REPLACEMENT);
        }
        if (number >= 0x80 && number <= 0x9f) {
            return Mojibake.replaceControls(Character.toString(number));
        }
        return isIgnored(number) ? "" : Character.toString(number);
    }

    /** Controls and noncharacters, which Python leaves out. */
    private static boolean isIgnored(int number) {
        return (number < 0x20 && number != '\t' && number != '\n' && number != '\f' && number != '\r')
                || number == 0x7f
                || (number >= 0xfdd0 && number <= 0xfdef)
                || (number & 0xfffe) == 0xfffe;
    }

    /** The named references: a line {@code name hex hex} of the resource. */
    private static final class Names {

        private static final Names INSTANCE = new Names();

        private final Map<String, String> texts = new HashMap<>(8192);

        private Names() {
            List<String> lines = Resource.lines("html-entities.txt");
            for (String line : lines) {
                String[] parts = line.split(" ", -1);
                StringBuilder text = new StringBuilder();
                for (int i = 1; i < parts.length; i++) {
                    text.appendCodePoint(Integer.parseInt(parts[i], 16));
                }
                texts.put(parts[0], text.toString());
            }
        }
    }
}
