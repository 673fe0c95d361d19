package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that are recognised in the text as typed, before it is cleaned: start, end, unknown and padding token, and
 * whatever a checkpoint adds. Where padding is {@code !}, as in SDXL's second tokenizer, each exclamation mark of a
 * prompt is that token. Immutable.
 */
final class AddedTokens {

    /** A part of the text. */
    record Piece(String text, boolean added) {}

    private final Map<String, Integer> ids;
    private final Map<String, AddedToken> tokens;

    private AddedTokens(Map<String, Integer> ids, Map<String, AddedToken> tokens) {
        this.ids = ids;
        this.tokens = tokens;
    }

    /** The tokens of {@code config}; one that has no id yet gets the next free one, as transformers gives it. */
    static AddedTokens of(TokenizerConfig config, Map<String, Integer> vocabulary) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        Map<String, AddedToken> tokens = new LinkedHashMap<>();
        config.addedTokens().forEach((id, token) -> {
            ids.put(token.content(), id);
            tokens.put(token.content(), token);
        });
        long unknownToVocabulary = ids.keySet().stream()
                .filter(content -> !vocabulary.containsKey(content))
                .count();
        int next = Math.toIntExact(vocabulary.size() + unknownToVocabulary);
        for (AddedToken token : config.specialTokens()) {
            String content = token.content();
            if (!content.isEmpty() && !ids.containsKey(content)) {
                Integer id = vocabulary.get(content);
                ids.put(content, id == null ? next++ : id);
                tokens.put(content, token);
            }
        }
        return new AddedTokens(Map.copyOf(ids), Map.copyOf(tokens));
    }

    boolean contains(String token) {
        return ids.containsKey(token);
    }

    int idOf(String token) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException("token must be an added one but was not");
        }
        return id;
    }

    int highestId() {
        return ids.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    void forEach(BiConsumer<String, Integer> action) {
        ids.forEach(action);
    }

    /**
     * Cuts {@code text} at each added token, the longest at a place first. A token that counts only as a word of its
     * own stays text where it touches something else: it sticks to what is before it, or else to what follows.
     */
    List<Piece> split(String text) {
        List<Piece> pieces = new ArrayList<>();
        int start = 0;
        int at = 0;
        while (at < text.length()) {
            AddedToken token = longestAt(text, at);
            if (token == null) {
                at++;
                continue;
            }
            int end = at + token.content().length();
            if (token.singleWord() && at > 0 && text.charAt(at - 1) != ' ') {
                addText(pieces, text.substring(start, end));
                start = end;
            } else {
                addText(pieces, text.substring(start, at));
                start = at;
                if (!token.singleWord() || end == text.length() || text.charAt(end) == ' ') {
                    pieces.add(new Piece(token.content(), true));
                    start = end;
                }
            }
            at = end;
        }
        addText(pieces, text.substring(start));
        return pieces;
    }

    private @Nullable AddedToken longestAt(String text, int at) {
        AddedToken longest = null;
        for (AddedToken token : tokens.values()) {
            if (text.regionMatches(
                            token.anyCase(),
                            at,
                            token.content(),
                            0,
                            token.content().length())
                    && (longest == null
                            || token.content().length() > longest.content().length())) {
                longest = token;
            }
        }
        return longest;
    }

    private static void addText(List<Piece> pieces, String text) {
        if (!text.isEmpty()) {
            pieces.add(new Piece(text, false));
        }
    }
}
