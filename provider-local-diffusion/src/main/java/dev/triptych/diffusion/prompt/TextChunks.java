package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a weighted text of any length into chunks that a text encoder can read, as A1111's web UI does: {@code BREAK}
 * ends a chunk; if one is full, and a comma lies at most 20 tokens before its end, what follows the comma moves into
 * the next; the ids of one textual inversion stay together. Reference: AUTOMATIC1111/stable-diffusion-webui,
 * {@code modules/sd_hijack_clip.py}, {@code tokenize_line}.
 */
public final class TextChunks {

    private static final int MOST_BEHIND_COMMA = 20;
    private static final int NO_COMMA = -1;

    private final ClipTokenizer tokenizer;
    private final int capacity;
    private final List<Integer> comma;
    private final List<TextChunk> chunks = new ArrayList<>();
    private List<Weighted> tokens = new ArrayList<>();
    private int lastComma = NO_COMMA;

    private TextChunks(ClipTokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.capacity = tokenizer.maxLength() - 2;
        this.comma = tokenizer.units(",").get(0);
    }

    private record Weighted(int id, float weight) {}

    /** The chunks of {@code pieces}, at least one. */
    public static List<TextChunk> of(List<Emphasis.Piece> pieces, ClipTokenizer tokenizer) {
        TextChunks chunks = new TextChunks(tokenizer);
        for (Emphasis.Piece piece : pieces) {
            if (piece.isBreak()) {
                chunks.end();
            } else {
                tokenizer.units(piece.text()).forEach(unit -> chunks.add(unit, (float) piece.weight()));
            }
        }
        if (!chunks.tokens.isEmpty() || chunks.chunks.isEmpty()) {
            chunks.end();
        }
        return List.copyOf(chunks.chunks);
    }

    /** The chunk of the empty text. */
    public static TextChunk empty(ClipTokenizer tokenizer) {
        return TextChunk.of(tokenizer.tokenize("").tokenIds());
    }

    private void add(List<Integer> unit, float weight) {
        if (unit.equals(comma)) {
            lastComma = tokens.size();
        } else if (tokens.size() == capacity && lastComma != NO_COMMA && capacity - lastComma <= MOST_BEHIND_COMMA) {
            moveBehindComma();
        }
        if (tokens.size() == capacity || (tokens.size() + unit.size() > capacity && unit.size() <= capacity)) {
            end();
        }
        for (int id : unit) {
            if (tokens.size() == capacity) {
                end();
            }
            tokens.add(new Weighted(id, weight));
        }
    }

    private void moveBehindComma() {
        List<Weighted> moved = new ArrayList<>(tokens.subList(lastComma + 1, tokens.size()));
        tokens = tokens.subList(0, lastComma + 1);
        end();
        tokens = moved;
    }

    private void end() {
        int[] ids = new int[capacity + 2];
        float[] weights = new float[capacity + 2];
        boolean weighs = false;
        for (int i = 0; i < ids.length; i++) {
            boolean isText = i > 0 && i <= tokens.size();
            ids[i] = isText ? tokens.get(i - 1).id() : i == 0 ? tokenizer.startId() : tokenizer.endId();
            weights[i] = isText ? tokens.get(i - 1).weight() : 1;
            weighs |= weights[i] != 1;
        }
        padBehindEnd(ids);
        chunks.add(weighs ? new TextChunk(ids, weights) : TextChunk.of(ids));
        tokens = new ArrayList<>();
        lastComma = NO_COMMA;
    }

    /** What is behind the first end token is padding. */
    private void padBehindEnd(int[] ids) {
        boolean ended = false;
        for (int i = 0; i < ids.length; i++) {
            if (ended) {
                ids[i] = tokenizer.paddingId();
            }
            ended |= ids[i] == tokenizer.endId();
        }
    }
}
