package dev.triptych.diffusion.weights;

import java.util.List;

/**
 * A tensor that lies in a file in another type than 32-bit floats, and is computed with in these.
 *
 * @param stored where it lies
 */
public record WidenedWeight(FileWeight stored) implements Weight {

    @Override
    public String name() {
        return stored.name();
    }

    @Override
    public List<Long> dims() {
        return stored.dims();
    }

    @Override
    public String source() {
        return stored.source();
    }

    @Override
    public String identity() {
        return stored.identity();
    }

    @Override
    public String storedType() {
        return stored.storedType();
    }

    @Override
    public long storedBytes() {
        return stored.storedBytes();
    }

    @Override
    public float[] values() {
        return stored.values();
    }
}
