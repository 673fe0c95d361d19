package dev.triptych.diffusion.prompt;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair encoding [1]: a word begins as single characters, and the neighbours whose merge was learnt first are
 * joined until no learnt pair is left. Immutable.
 *
 * <p>[1] Sennrich, Haddow, Birch: Neural Machine Translation of Rare Words with Subword Units, 2016, algorithm 1.
 */
final class BytePairEncoder {

    /** What the last symbol of a word carries. */
    static final String WORD_END = "</w>";

    private static final int NEVER = Integer.MAX_VALUE;
    private static final int STALE = -1;

    private final Map<String, Integer> mergeRanks;
    private final String wordEnd;

    /**
     * CLIP's encoder, whose words end in {@link #WORD_END}.
     *
     * @param mergeRanks for {@code "first second"}, a space between, how many merges were learnt before
     */
    BytePairEncoder(Map<String, Integer> mergeRanks) {
        this(mergeRanks, WORD_END);
    }

    /** An encoder whose words end in {@code wordEnd}; {@code ""} where nothing marks their ends. */
    BytePairEncoder(Map<String, Integer> mergeRanks, String wordEnd) {
        this.mergeRanks = mergeRanks;
        this.wordEnd = wordEnd;
    }

    /** The symbols of {@code word}, which is at least one character long. */
    List<String> encode(String word) {
        if (wordEnd.equals(WORD_END) && (word.equals("<|startoftext|>") || word.equals("<|endoftext|>"))) {
            return List.of(word);
        }
        String[] symbols = ByteAlphabet.encode(word).split("");
        int count = symbols.length;
        symbols[count - 1] += wordEnd;
        int[] ranks = new int[count];
        Arrays.fill(ranks, STALE);
        while (true) {
            int best = lowestRank(symbols, ranks, count);
            if (best == NEVER) {
                return List.of(Arrays.copyOf(symbols, count));
            }
            count = merge(symbols, ranks, count, best);
        }
    }

    /** The lowest rank of two neighbours, having looked up again those that changed. */
    private int lowestRank(String[] symbols, int[] ranks, int count) {
        ranks[count - 1] = NEVER;
        int lowest = NEVER;
        for (int i = 0; i < count; i++) {
            if (ranks[i] == STALE) {
                ranks[i] = mergeRanks.getOrDefault(symbols[i] + " " + symbols[i + 1], NEVER);
            }
            lowest = Math.min(lowest, ranks[i]);
        }
        return lowest;
    }

    /** Joins each pair of this rank from left to right, in place; returns how many symbols are left. */
    private static int merge(String[] symbols, int[] ranks, int count, int rank) {
        int to = 0;
        for (int from = 0; from < count; from++, to++) {
            boolean joins = ranks[from] == rank;
            symbols[to] = joins ? symbols[from] + symbols[from + 1] : symbols[from];
            ranks[to] = joins ? STALE : ranks[from];
            if (joins) {
                from++;
                if (to > 0) {
                    ranks[to - 1] = STALE;
                }
            }
        }
        return to;
    }
}
