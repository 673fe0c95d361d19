package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.weights.Weight;
import java.util.List;

/**
 * Where a tensor stands in a file that has it under another name: whole, or as some rows of a fused one.
 *
 * @param name the name in the file
 * @param first the first row along the first axis
 * @param count how many rows; −1 = all of the tensor
 * @param turn what else is different
 */
public record Piece(String name, long first, long count, Turn turn) {

    private static final long ALL = -1;

    /** How the numbers of a tensor are arranged in the file. */
    public enum Turn {
        /** As they are wanted. */
        NONE,
        /** Rows are columns. */
        TRANSPOSED,
        /** The second half of the rows comes first: shift and scale of a modulation. */
        SWAPPED_HALVES
    }

    /** All of the tensor {@code name}. */
    public static Piece whole(String name) {
        return new Piece(name, 0, ALL, Turn.NONE);
    }

    /** All of the tensor {@code name}, turned. */
    public static Piece turned(String name, Turn turn) {
        return new Piece(name, 0, ALL, turn);
    }

    /** The rows {@code first} to {@code first + count} of the tensor {@code name}. */
    public static Piece rows(String name, long first, long count) {
        return new Piece(name, first, count, Turn.NONE);
    }

    /** Whether it is all of the tensor. */
    public boolean isWhole() {
        return count == ALL;
    }

    /** The same piece of a file in which a prefix stands before the name. */
    Piece behind(String prefix) {
        return new Piece(prefix + name, first, count, turn);
    }

    /** This piece of {@code tensor}: a view of it. */
    Weight of(Weight tensor) {
        Weight rows = isWhole() ? tensor : tensor.rows(first, count);
        return switch (turn) {
            case NONE -> rows;
            case TRANSPOSED -> rows.transposed();
            case SWAPPED_HALVES -> rows.swappedHalves();
        };
    }

    /** The shape of this piece of a tensor of the shape {@code dims}. */
    List<Long> shapeOf(List<Long> dims) {
        if (turn == Turn.TRANSPOSED && dims.size() == 2) {
            return List.of(dims.get(1), dims.get(0));
        }
        return isWhole() || dims.isEmpty() ? dims : withFirst(dims, count);
    }

    private static List<Long> withFirst(List<Long> dims, long count) {
        Long[] shape = dims.toArray(Long[]::new);
        shape[0] = count;
        return List.of(shape);
    }
}
