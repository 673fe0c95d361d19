package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Cuts a text into the pieces of a vocabulary that are the likeliest together: Kudo, "Subword Regularization" (2018),
 * section 3.1, by Viterbi's algorithm. Immutable.
 *
 * <p>Reference: tokenizers 0.23, {@code models/unigram/model.rs}, {@code encode_optimized}: of two ways to one place
 * the later counts only if it is better.
 */
final class UnigramModel {

    /** How much less likely than the rarest piece an unknown character is, in log-probability. */
    private static final double UNKNOWN_PENALTY = 10;

    private final Map<String, Integer> ids;
    private final double[] scores;
    private final int unknownId;
    private final double unknownScore;
    private final int longest;

    /**
     * A model.
     *
     * @param pieces the vocabulary in the order of the ids
     * @param scores the log-probability of each
     * @param unknownId stands for what no piece covers
     */
    UnigramModel(List<String> pieces, double[] scores, int unknownId) {
        this.ids = new HashMap<>(2 * pieces.size());
        for (int id = 0; id < pieces.size(); id++) {
            ids.put(pieces.get(id), id);
        }
        this.scores = scores.clone();
        this.unknownId = unknownId;
        double least = Double.POSITIVE_INFINITY;
        for (double score : scores) {
            least = Math.min(least, score);
        }
        this.unknownScore = least - UNKNOWN_PENALTY;
        this.longest = pieces.stream().mapToInt(String::length).max().orElse(0);
    }

    /** A piece of the text. */
    record Token(String text, int id) {}

    /** How the likeliest way to a place in the text arrives there. */
    private record Arrival(int start, int id, double score) {}

    /** The pieces of {@code text}; unknown characters beside each other are one. */
    List<Token> tokens(String text) {
        List<Token> tokens = new ArrayList<>();
        Arrival[] best = arrivals(text);
        int end = text.length();
        while (end > 0) {
            int start = best[end].start();
            while (best[end].id() == unknownId && start > 0 && best[start].id() == unknownId) {
                start = best[start].start();
            }
            String piece = text.substring(start, end);
            tokens.add(new Token(piece, ids.getOrDefault(piece, unknownId)));
            end = start;
        }
        Collections.reverse(tokens);
        return tokens;
    }

    private Arrival[] arrivals(String text) {
        Arrival[] best = new Arrival[text.length() + 1];
        best[0] = new Arrival(0, -1, 0);
        for (int start = 0; start < text.length(); ) {
            int character = Character.charCount(text.codePointAt(start));
            boolean coversCharacter = false;
            for (int end = start + 1; end <= Math.min(text.length(), start + longest); end++) {
                Integer id = ids.get(text.substring(start, end));
                if (id != null) {
                    offer(best, end, new Arrival(start, id, best[start].score() + scores[id]));
                    coversCharacter |= end - start == character;
                }
            }
            if (!coversCharacter) {
                offer(best, start + character, new Arrival(start, unknownId, best[start].score() + unknownScore));
            }
            start += character;
        }
        return best;
    }

    private static void offer(Arrival[] best, int end, Arrival arrival) {
        if (best[end] == null || arrival.score() > best[end].score()) {
            best[end] = arrival;
        }
    }

    /** The id of a piece. */
    OptionalInt idOf(String piece) {
        Integer id = ids.get(piece);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
