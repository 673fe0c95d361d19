package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.prompt.EmbeddedTokens;
import dev.triptych.diffusion.weights.MemoryWeight;
import dev.triptych.diffusion.weights.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Textual inversions as one text encoder has them: words with ids beyond its vocabulary, and the rows that those ids
 * stand for. Ids are given in the order of the embeddings, as diffusers does: the last of them is the largest, which is
 * where an encoder with {@code eos_token_id} 2 pools. Immutable.
 *
 * @param words for the tokenizer
 * @param rows [ids, width]; empty where no embedding is for this encoder
 */
public record MoreTokens(EmbeddedTokens words, Optional<Weight> rows) {

    /**
     * The tokens of {@code embeddings} for a text encoder.
     *
     * @param part the encoder as the checkpoint calls it
     * @param firstId the first id beyond its vocabulary
     * @param width the length of its embeddings
     */
    public static MoreTokens of(List<Embedding> embeddings, String part, int firstId, int width) {
        Map<String, List<Integer>> ids = new LinkedHashMap<>();
        List<Weight> tables = new ArrayList<>();
        int next = firstId;
        for (Embedding embedding : embeddings) {
            Optional<Weight> rows = embedding.rows(part, width);
            if (rows.isEmpty()) {
                continue;
            }
            List<Integer> own = new ArrayList<>();
            for (int i = 0; i < rows.get().dims().get(0); i++) {
                own.add(next++);
            }
            embedding.words().forEach(word -> ids.putIfAbsent(word, own));
            tables.add(rows.get());
        }
        return new MoreTokens(
                EmbeddedTokens.of(ids), tables.isEmpty() ? Optional.empty() : Optional.of(stacked(tables, width)));
    }

    private static Weight stacked(List<Weight> tables, int width) {
        long count = tables.stream().mapToLong(table -> table.dims().get(0)).sum();
        StringBuilder identity = new StringBuilder();
        tables.forEach(table -> identity.append('+').append(table.identity()));
        return new MemoryWeight(
                tables.get(0).name(),
                List.of(count, (long) width),
                tables.get(0).source(),
                identity.toString(),
                () -> {
                    float[] all = new float[Math.toIntExact(count * width)];
                    int at = 0;
                    for (Weight table : tables) {
                        float[] values = table.values();
                        System.arraycopy(values, 0, all, at, values.length);
                        at += values.length;
                    }
                    return all;
                });
    }
}
