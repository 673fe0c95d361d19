package dev.triptych.diffusion.network.layers;

import java.util.Arrays;

/** A value of a graph under construction: its name and its shape, known because all our shapes are fixed. Immutable. */
public final class Value {

    private final String name;
    private final long[] dims;

    /** The value {@code name} of shape {@code dims}. */
    public Value(String name, long... dims) {
        this.name = name;
        this.dims = dims.clone();
    }

    /** Its name in the graph. */
    public String name() {
        return name;
    }

    /** Its shape; a copy. */
    public long[] dims() {
        return dims.clone();
    }

    /** The length of one axis. */
    public long dim(int axis) {
        return dims[axis];
    }

    /** Another value of the same shape. */
    public Value like(String otherName) {
        return new Value(otherName, dims);
    }

    @Override
    public String toString() {
        return name + Arrays.toString(dims);
    }
}
