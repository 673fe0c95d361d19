package dev.triptych.compare;

/** Hears of each cell when it is finished. Called on the threads that make the cells, one call at a time. */
@FunctionalInterface
public interface ComparisonListener {

    /** Hears that {@code cell} is done, as number {@code done} of {@code total}. */
    void onCell(Cell cell, int done, int total);

    /** A listener that hears nothing. */
    static ComparisonListener none() {
        return (cell, done, total) -> {};
    }
}
