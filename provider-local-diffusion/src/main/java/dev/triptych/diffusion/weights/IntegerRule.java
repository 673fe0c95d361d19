package dev.triptych.diffusion.weights;

import java.util.List;
import java.util.Optional;

/** Which tensors of a kind of network become 8-bit integers, and how. Immutable. */
public interface IntegerRule {

    /** What tells it from other rules, and from what it was in other versions: part of the names of files. */
    String id();

    /**
     * What becomes of a tensor; empty = it stays as it is.
     *
     * @param name as the network's graph has it
     * @param dims its shape
     */
    Optional<Plan> plan(String name, List<Long> dims);

    /**
     * What becomes of one.
     *
     * @param use how it will be computed with
     * @param pieces how many rows each piece has that a layer asks for by itself
     */
    record Plan(IntegerWeight.Use use, List<Long> pieces) {

        /** Copies the list. */
        public Plan {
            pieces = List.copyOf(pieces);
        }

        /** All rows as one piece. */
        public static Plan whole(IntegerWeight.Use use, List<Long> dims) {
            return new Plan(use, List.of(dims.get(0)));
        }
    }
}
