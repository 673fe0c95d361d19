package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a cleaned text into the words that are merged one by one. It gives what CLIP's pattern <code>
 * &lt;\|startoftext\|&gt;|&lt;\|endoftext\|&gt;|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</code> finds
 * when letter case is ignored, with letters and numbers as {@link CharacterClass} has them on every JDK.
 */
final class WordSplitter {

    private static final List<String> LITERALS =
            List.of("<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d");

    /**
     * The Greek iota below is a mark whose upper case is a letter. Ignoring case, the last part of the pattern shuns it
     * as a letter and the first ones do not take it as one: it is skipped like a space.
     */
    private static final int IOTA_BELOW = 0x345;

    private WordSplitter() {}

    static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int end = wordEnd(text, at);
            if (kindAt(text, at) != CharacterClass.SPACE) {
                words.add(text.substring(at, end));
            }
            at = end;
        }
        return words;
    }

    private static int wordEnd(String text, int at) {
        for (String literal : LITERALS) {
            if (startsWith(text, at, literal)) {
                return at + literal.length();
            }
        }
        CharacterClass kind = kindAt(text, at);
        int end = at + Character.charCount(text.codePointAt(at));
        if (kind == CharacterClass.NUMBER || kind == CharacterClass.SPACE) {
            return end;
        }
        while (end < text.length() && kindAt(text, end) == kind) {
            end += Character.charCount(text.codePointAt(end));
        }
        return end;
    }

    private static CharacterClass kindAt(String text, int at) {
        int character = text.codePointAt(at);
        return character == IOTA_BELOW ? CharacterClass.SPACE : CharacterClass.of(character);
    }

    /** Ignores case as the pattern does: after lower-casing, that still makes the long s equal to s. */
    private static boolean startsWith(String text, int at, String literal) {
        return text.regionMatches(true, at, literal, 0, literal.length());
    }
}
