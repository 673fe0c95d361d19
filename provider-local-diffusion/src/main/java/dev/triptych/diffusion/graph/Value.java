package dev.triptych.diffusion.graph;

import java.util.Arrays;

/** A value of a graph under construction: its name and its shape, known because all our shapes are fixed. Immutable. */
final class Value {

    private final String name;
    private final long[] dims;

    Value(String name, long... dims) {
        this.name = name;
        this.dims = dims.clone();
    }

    String name() {
        return name;
    }

    long[] dims() {
        return dims.clone();
    }

    long dim(int axis) {
        return dims[axis];
    }

    /** Another value of the same shape. */
    Value like(String otherName) {
        return new Value(otherName, dims);
    }

    @Override
    public String toString() {
        return name + Arrays.toString(dims);
    }
}
