package dev.triptych.compare;

/**
 * One choice between two pictures of a row, made without knowing whose they are.
 *
 * @param row which request, from 0
 * @param left name of the generator whose picture stood on the left
 * @param right name of the other generator
 * @param choice what was chosen
 */
public record Vote(int row, String left, String right, Choice choice) {

    /** What a voter can say of two pictures. */
    public enum Choice {
        /** The left one is better. */
        LEFT,
        /** The right one is better. */
        RIGHT,
        /** They are equally good. */
        TIE
    }

    /** @throws IllegalArgumentException if both pictures are of one generator */
    public Vote {
        if (left.equals(right)) {
            throw new IllegalArgumentException("vote must be between two generators but both were \"" + left + "\"");
        }
    }
}
