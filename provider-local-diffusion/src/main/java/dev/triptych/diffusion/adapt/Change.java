package dev.triptych.diffusion.adapt;

/**
 * What an adapter does to one weight, seen as a matrix: a row for each output, a column for each input and place of the
 * kernel. Numbers are read when the change is made. Immutable.
 */
sealed interface Change permits LowRank, Hadamard, Kronecker, Difference, ChannelFactors, Glora, Decomposed, Shaped {

    /** How many rows the changed weight has. */
    int rows();

    /** How many columns the changed weight has. */
    int columns();

    /**
     * Changes a weight.
     *
     * @param values holds the weight, {@link #rows} times {@link #columns} numbers, row-major
     * @param at where the weight begins
     * @param strength how much of the change is made; 1 = as it was trained
     */
    void addTo(float[] values, int at, float strength);

    /** Whether it is the same whatever the weight holds: only such a change can be made row by row. */
    default boolean isSum() {
        return true;
    }
}
