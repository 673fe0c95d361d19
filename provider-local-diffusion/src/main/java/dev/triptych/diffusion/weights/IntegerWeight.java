package dev.triptych.diffusion.weights;

import java.util.List;

/**
 * A tensor in 8-bit integers with a scale for each row: row ≈ scale · codes, symmetric, codes −127 to 127. It is a
 * matrix [out, in], or the kernels of a convolution [out, in, height, width], whose rows are the filters.
 *
 * @param base the tensor as it was, for what computes in floats
 * @param use how it is computed with, which says how its codes lie
 * @param pieces its rows, in their order; a layer that asks for some of them asks for whole pieces
 */
public record IntegerWeight(Weight base, Use use, List<Piece> pieces) implements Weight {

    /** How a tensor in integers is computed with. */
    public enum Use {
        /**
         * What it is multiplied by is made integers too. Codes lie [in, out], of kernels [height · width · in, out]: as
         * ONNX Runtime's products want them.
         */
        PRODUCT,
        /** It is widened before each use, so that it takes less memory and no time. Codes lie [out, in]. */
        STORED
    }

    /**
     * Some rows.
     *
     * @param codes 8-bit integers in the order of their {@link Use}
     * @param scales 32-bit floats [rows]
     */
    public record Piece(FileWeight codes, FileWeight scales) {

        /** How many rows there are. */
        public long rows() {
            return scales.elements();
        }
    }

    /** Copies the list. */
    public IntegerWeight {
        pieces = List.copyOf(pieces);
    }

    @Override
    public String name() {
        return base.name();
    }

    @Override
    public List<Long> dims() {
        return base.dims();
    }

    @Override
    public String source() {
        return base.source();
    }

    @Override
    public String identity() {
        return base.identity() + "~int8";
    }

    @Override
    public String storedType() {
        return base.storedType();
    }

    @Override
    public long storedBytes() {
        return base.storedBytes();
    }

    @Override
    public long computedBytes() {
        return pieces.stream()
                .mapToLong(piece -> piece.codes().length() + piece.scales().length())
                .sum();
    }

    /** Those of the tensor as it was. */
    @Override
    public float[] values() {
        return base.values();
    }

    /** The same rows; only axes of length 1 may come and go. */
    @Override
    public IntegerWeight reshaped(long... shape) {
        return new IntegerWeight(base.reshaped(shape), use, pieces);
    }

    /** The rows {@code first} to {@code first + count}; in integers where they are whole pieces. */
    @Override
    public Weight rows(long first, long count) {
        requireRows(first, count);
        long row = 0;
        int from = 0;
        while (from < pieces.size() && row < first) {
            row += pieces.get(from++).rows();
        }
        int to = from;
        long end = row;
        while (to < pieces.size() && end < first + count) {
            end += pieces.get(to++).rows();
        }
        boolean isWhole = row == first && end == first + count;
        return isWhole
                ? new IntegerWeight(base.rows(first, count), use, pieces.subList(from, to))
                : base.rows(first, count);
    }
}
