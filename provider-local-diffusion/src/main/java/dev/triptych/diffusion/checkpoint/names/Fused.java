package dev.triptych.diffusion.checkpoint.names;

import java.util.List;
import java.util.Map;

/** Tensors that stand in one below each other: query, key and value. */
final class Fused {

    private Fused() {}

    /**
     * Adds equal parts of the rows of a fused tensor.
     *
     * @param at what stands before the parts' names
     * @param leaf what stands behind them, such as {@code ".weight"}
     * @param parts the parts' names, from the first row on
     */
    static void thirds(
            Map<String, Piece> pieces, String name, List<Long> dims, String at, String leaf, List<String> parts) {
        long rows = dims.isEmpty() ? 0 : dims.get(0) / parts.size();
        for (int i = 0; i < parts.size(); i++) {
            pieces.put(at + parts.get(i) + leaf, Piece.rows(name, i * rows, rows));
        }
    }
}
