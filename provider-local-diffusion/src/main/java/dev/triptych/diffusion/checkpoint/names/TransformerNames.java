package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.checkpoint.names.Piece.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the names of transformers have in common: modules that are called otherwise, blocks with a number, fused
 * products of which each row belongs to one of several matrices. A names class of a family says which.
 */
final class TransformerNames {

    private final Map<String, List<Long>> shapes;
    private final Map<String, Piece> pieces = new LinkedHashMap<>();

    TransformerNames(Map<String, List<Long>> shapes) {
        this.shapes = shapes;
    }

    /** How the names of one family lead to diffusers'. */
    interface Rule {
        /**
         * Adds the pieces of one tensor.
         *
         * @param name where it stands
         */
        void add(Name name, TransformerNames to);
    }

    /**
     * A name taken apart.
     *
     * @param whole all of it
     * @param block the number of its block; −1 outside blocks
     * @param module what is between the block's number, or the beginning, and the leaf
     * @param leaf what is behind the last dot, with that dot; {@code ""} if the name has none
     * @param dims the tensor's shape
     */
    record Name(String whole, String blocks, int block, String module, String leaf, List<Long> dims) {

        static Name of(String name, List<Long> dims) {
            int dot = name.lastIndexOf('.');
            String module = dot < 0 ? name : name.substring(0, dot);
            String leaf = dot < 0 ? "" : name.substring(dot);
            String[] path = module.split("\\.", 3);
            if (path.length == 3 && UnetNames.isNumber(path[1])) {
                return new Name(name, path[0], Integer.parseInt(path[1]), path[2], leaf, dims);
            }
            return new Name(name, "", -1, module, leaf, dims);
        }

        /** The length of the first axis; 0 for a scalar. */
        long rows() {
            return dims.isEmpty() ? 0 : dims.get(0);
        }
    }

    /** The pieces of a file by a family's rule. */
    static Pieces pieces(Map<String, List<Long>> file, String prefix, String first, Rule rule) {
        Map<String, List<Long>> shapes = Prefixes.behind(file, prefix);
        if (!shapes.containsKey(first)) { // diffusers' own names
            return Prefixes.unchanged(shapes).behind(prefix);
        }
        TransformerNames names = new TransformerNames(shapes);
        shapes.forEach((name, dims) -> rule.add(Name.of(name, dims), names));
        return new Pieces(names.pieces).behind(prefix);
    }

    /** The length of the first axis of a tensor; 0 where there is none. */
    long rows(String name) {
        List<Long> dims = shapes.getOrDefault(name, List.of());
        return dims.isEmpty() ? 0 : dims.get(0);
    }

    boolean has(String name) {
        return shapes.containsKey(name);
    }

    void whole(String to, Name name) {
        pieces.put(to, Piece.whole(name.whole()));
    }

    /** Scale and shift stand the other way round in diffusers. */
    void swapped(String to, Name name) {
        pieces.put(to, Piece.turned(name.whole(), Turn.SWAPPED_HALVES));
    }

    /** Equal parts of the rows. */
    void thirds(String at, Name name, List<String> parts) {
        Fused.thirds(pieces, name.whole(), name.dims(), at, name.leaf(), parts);
    }

    void rows(String to, Name name, long first, long count) {
        pieces.put(to, Piece.rows(name.whole(), first, count));
    }
}
