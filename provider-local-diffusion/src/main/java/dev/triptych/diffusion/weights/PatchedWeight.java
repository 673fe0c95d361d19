package dev.triptych.diffusion.weights;

import java.util.List;

/**
 * A tensor with something added to it, as a LoRA does: {@code base + patch}. The base stays where it is.
 *
 * @param base the tensor
 * @param patch what is added when the values are asked for
 */
public record PatchedWeight(Weight base, Patch patch) implements Weight {

    /** What is added to a tensor. */
    public interface Patch {
        /** Adds to {@code values}, which has the tensor's elements in row-major order. */
        void addTo(float[] values);

        /** What tells this patch from any other. */
        String identity();
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
    public String storedType() {
        return base.storedType();
    }

    @Override
    public long storedBytes() {
        return base.storedBytes();
    }

    @Override
    public String identity() {
        return base.identity() + "+" + patch.identity();
    }

    @Override
    public float[] values() {
        float[] values = base.values();
        patch.addTo(values);
        return values;
    }
}
