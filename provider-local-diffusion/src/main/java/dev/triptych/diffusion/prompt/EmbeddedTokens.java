package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Words of a prompt that textual inversions taught, each standing for several ids. They are recognised in the text as
 * typed, in any case, the longest first; one that begins or ends with a letter or a digit only as a word of its own.
 * Immutable.
 *
 * <pre>{@code
 * EmbeddedTokens tokens = EmbeddedTokens.of(Map.of("<mystyle>", List.of(49408, 49409)));
 * tokens.split("a castle in <mystyle> style");   // "a castle in ", 49408 and 49409, " style"
 * }</pre>
 */
public final class EmbeddedTokens {

    private final Map<String, List<Integer>> ids;

    private EmbeddedTokens(Map<String, List<Integer>> ids) {
        this.ids = ids;
    }

    /** No such words. */
    public static EmbeddedTokens none() {
        return new EmbeddedTokens(Map.of());
    }

    /** The words {@code ids}, each with what it stands for. */
    public static EmbeddedTokens of(Map<String, List<Integer>> ids) {
        Map<String, List<Integer>> copy = new LinkedHashMap<>();
        ids.forEach((token, own) -> copy.put(token, List.copyOf(own)));
        return new EmbeddedTokens(copy);
    }

    /**
     * A part of a prompt: plain text, or what a word stands for.
     *
     * @param text as typed
     * @param ids what it stands for; empty for plain text
     */
    public record Piece(String text, List<Integer> ids) {}

    /** All words, with what they stand for. */
    Map<String, List<Integer>> ids() {
        return ids;
    }

    /** The parts of {@code text} in their order. */
    public List<Piece> split(String text) {
        List<Piece> pieces = new ArrayList<>();
        int start = 0;
        int at = 0;
        while (at < text.length() && !ids.isEmpty()) {
            String token = longestAt(text, at);
            if (token.isEmpty()) {
                at++;
                continue;
            }
            addText(pieces, text.substring(start, at));
            pieces.add(new Piece(text.substring(at, at + token.length()), ids.getOrDefault(token, List.of())));
            at += token.length();
            start = at;
        }
        addText(pieces, text.substring(start));
        return pieces;
    }

    private String longestAt(String text, int at) {
        String longest = "";
        for (String token : ids.keySet()) {
            if (token.length() > longest.length()
                    && text.regionMatches(true, at, token, 0, token.length())
                    && isWhole(text, at, token)) {
                longest = token;
            }
        }
        return longest;
    }

    private static boolean isWhole(String text, int at, String token) {
        int end = at + token.length();
        boolean joinedBefore = at > 0 && isWordly(text.charAt(at - 1)) && isWordly(token.charAt(0));
        boolean joinedBehind =
                end < text.length() && isWordly(text.charAt(end)) && isWordly(token.charAt(token.length() - 1));
        return !joinedBefore && !joinedBehind;
    }

    private static boolean isWordly(char character) {
        return Character.isLetterOrDigit(character);
    }

    private static void addText(List<Piece> pieces, String text) {
        if (!text.isEmpty()) {
            pieces.add(new Piece(text, List.of()));
        }
    }

    /** Names no word: this may reach a log. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "EmbeddedTokens[%d]", ids.size());
    }
}
