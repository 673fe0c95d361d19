package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code added_tokens} of a tokenizer.json, which are cut out of a text before its words are read: the first in the
 * text, and of those at one place the longest. Immutable.
 *
 * <p>Reference: tokenizers 0.23, {@code tokenizer/added_vocabulary.rs}, {@code find_matches}.
 */
final class TokenMatcher {

    private static final Pattern WORD_END = Pattern.compile(".*\\w", Pattern.DOTALL | Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WORD_START =
            Pattern.compile("\\w.*", Pattern.DOTALL | Pattern.UNICODE_CHARACTER_CLASS);

    private final List<Token> tokens;

    private TokenMatcher(List<Token> tokens) {
        this.tokens = List.copyOf(tokens);
    }

    /** A token as tokenizer.json states it. */
    private record Token(String content, int id, boolean singleWord, boolean takesLeft, boolean takesRight) {}

    /**
     * A part of a text.
     *
     * @param id the token that it is; empty where it is text
     */
    record Piece(String text, OptionalInt id) {}

    /**
     * Those of the tokens that are looked for in the text as typed, or those that are looked for when it is normalised.
     *
     * @throws IllegalArgumentException if one has no content or no id; the message goes on from "tokenizer file"
     */
    static TokenMatcher of(JsonNode addedTokens, boolean normalised) {
        List<Token> tokens = new ArrayList<>();
        for (JsonNode token : addedTokens) {
            if (!token.path("content").isTextual() || !token.path("id").canConvertToInt()) {
                throw new IllegalArgumentException(
                        "must give each of added_tokens a content and an id but one lacks it");
            }
            boolean isEmpty = token.path("content").asText().isEmpty();
            if (!isEmpty && token.path("normalized").asBoolean(false) == normalised) {
                tokens.add(new Token(
                        token.path("content").asText(),
                        token.path("id").asInt(),
                        token.path("single_word").asBoolean(false),
                        token.path("lstrip").asBoolean(false),
                        token.path("rstrip").asBoolean(false)));
            }
        }
        return new TokenMatcher(tokens);
    }

    /** The text in pieces, in their order; none is empty text. */
    List<Piece> split(String text) {
        List<Piece> pieces = new ArrayList<>();
        int done = 0;
        for (int at = 0; at < text.length(); ) {
            Token token = longestAt(text, at);
            if (token == null) {
                at++;
                continue;
            }
            int end = at + token.content().length();
            if (!token.singleWord() || standsAlone(text, at, end)) {
                int from = token.takesLeft() ? Math.max(done, withoutSpacesBefore(text, at)) : at;
                int to = token.takesRight() ? withoutSpacesBehind(text, end) : end;
                addText(pieces, text.substring(done, from));
                pieces.add(new Piece(text.substring(from, to), OptionalInt.of(token.id())));
                done = to;
                end = to;
            }
            at = end;
        }
        addText(pieces, text.substring(done));
        return pieces;
    }

    private @Nullable Token longestAt(String text, int at) {
        Token longest = null;
        for (Token token : tokens) {
            if (text.startsWith(token.content(), at)
                    && (longest == null
                            || token.content().length() > longest.content().length())) {
                longest = token;
            }
        }
        return longest;
    }

    private static boolean standsAlone(String text, int from, int to) {
        return !WORD_END.matcher(text.substring(0, from)).matches()
                && !WORD_START.matcher(text.substring(to)).matches();
    }

    private static int withoutSpacesBefore(String text, int at) {
        int from = at;
        while (from > 0 && Character.isWhitespace(text.charAt(from - 1))) {
            from--;
        }
        return from;
    }

    private static int withoutSpacesBehind(String text, int at) {
        int to = at;
        while (to < text.length() && Character.isWhitespace(text.charAt(to))) {
            to++;
        }
        return to;
    }

    private static void addText(List<Piece> pieces, String text) {
        if (!text.isEmpty()) {
            pieces.add(new Piece(text, OptionalInt.empty()));
        }
    }
}
