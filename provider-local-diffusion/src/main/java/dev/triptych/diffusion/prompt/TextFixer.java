package dev.triptych.diffusion.prompt;

import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * Repairs text as ftfy 6.3.1 does [1], which the reference tokenizer runs first where it is installed: references of
 * HTML, text that was decoded with the wrong encoding, ligatures, full-width forms, curly quotes, line breaks, lone
 * surrogates, terminal colours and control characters; then NFC. All of it again, until nothing changes.
 *
 * <p>[1] Robyn Speer: ftfy, 2019, doi 10.5281/zenodo.2591652; {@code fix_text} with its defaults.
 */
final class TextFixer {

    private static final Pattern ANY_QUOTE = Pattern.compile("[\u02bc\u2018-\u201f]");
    private static final Pattern DOUBLE_QUOTE = Pattern.compile("[\u201c-\u201f]");
    private static final Pattern SINGLE_QUOTE = Pattern.compile("[\u02bc\u2018-\u201b]");
    private static final Pattern LINE_BREAK = Pattern.compile("\r\n|[\r\u2028\u2029\u0085]");
    private static final Pattern LONE_SURROGATE = Pattern.compile("[\ud800-\udfff]");
    private static final Pattern TERMINAL_ESCAPE = Pattern.compile("\u001b\\[[\\p{Nd};]*[a-zA-Z]");
    private static final Pattern CONTROL =
            Pattern.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]");

    /** U+0132 and so on with the letters they are made of. */
    private static final String[] LIGATURES = {
        "\u0132", "IJ", "\u0133", "ij", "\u0149", "\u02bcn", "\u01f1", "DZ", "\u01f2", "Dz", "\u01f3", "dz",
        "\u01c4", "D\u017d", "\u01c5", "D\u017e", "\u01c6", "d\u017e", "\u01c7", "LJ", "\u01c8", "Lj", "\u01c9", "lj",
        "\u01ca", "NJ", "\u01cb", "Nj", "\u01cc", "nj", "\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl",
        "\ufb03", "ffi", "\ufb04", "ffl", "\ufb05", "\u017ft", "\ufb06", "st"
    };

    private static final Pattern LIGATURE =
            Pattern.compile("[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]");

    private TextFixer() {}

    /** Line by line; references of HTML are kept from the first line on that holds {@code <}, as in a real page. */
    static String fix(String text) {
        StringBuilder fixed = new StringBuilder(text.length());
        boolean readsHtml = true;
        for (int at = 0; at < text.length(); ) {
            int newline = text.indexOf('\n', at);
            int end = newline < 0 ? text.length() : newline + 1;
            String line = text.substring(at, end);
            readsHtml &= line.indexOf('<') < 0;
            fixed.append(fixLine(line, readsHtml));
            at = end;
        }
        return fixed.toString();
    }

    private static String fixLine(String line, boolean readsHtml) {
        String before;
        String fixed = line;
        do {
            before = fixed;
            fixed = readsHtml ? HtmlReferences.decode(fixed) : fixed;
            fixed = Mojibake.replaceControls(Mojibake.fix(fixed));
            fixed = widen(splitLigatures(fixed));
            fixed = uncurlQuotes(fixed);
            fixed = LINE_BREAK.matcher(fixed).replaceAll("\n");
            fixed = LONE_SURROGATE.matcher(fixed).replaceAll("\ufffd");
            fixed = TERMINAL_ESCAPE.matcher(fixed).replaceAll("");
            fixed = CONTROL.matcher(fixed).replaceAll("");
            fixed = Normalizer.normalize(fixed, Normalizer.Form.NFC);
        } while (!fixed.equals(before));
        return fixed;
    }

    private static String splitLigatures(String text) {
        return LIGATURE.matcher(text).replaceAll(match -> {
            for (int i = 0; i < LIGATURES.length; i += 2) {
                if (LIGATURES[i].equals(match.group())) {
                    return LIGATURES[i + 1];
                }
            }
            return match.group();
        });
    }

    /** Full-width Latin and half-width Katakana and Hangul become what they stand for; so does the wide space. */
    private static String widen(String text) {
        StringBuilder widened = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '\u3000') {
                widened.append(' ');
            } else if (character >= '\uff01' && character < '\ufff0') {
                widened.append(Normalizer.normalize(Character.toString(character), Normalizer.Form.NFKC));
            } else {
                widened.append(character);
            }
        }
        return widened.toString();
    }

    private static String uncurlQuotes(String text) {
        return ANY_QUOTE.matcher(text).find()
                ? SINGLE_QUOTE
                        .matcher(DOUBLE_QUOTE.matcher(text).replaceAll("\""))
                        .replaceAll("'")
                : text;
    }
}
