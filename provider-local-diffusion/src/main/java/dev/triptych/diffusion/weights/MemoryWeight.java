package dev.triptych.diffusion.weights;

import java.util.List;
import java.util.function.Supplier;

/**
 * A tensor that is computed: converted from a file, or made of other weights. It is computed each time it is asked for,
 * and not kept.
 *
 * @param name the name, for messages
 * @param dims the shape
 * @param source where it comes from, for messages
 * @param identity what tells it from any other weight
 * @param computation gives the values, a new array each time
 */
public record MemoryWeight(String name, List<Long> dims, String source, String identity, Supplier<float[]> computation)
        implements Weight {

    /** Copies the shape. */
    public MemoryWeight {
        dims = List.copyOf(dims);
    }

    @Override
    public float[] values() {
        return computation.get();
    }

    @Override
    public MemoryWeight reshaped(long... shape) {
        requireElements(shape);
        return new MemoryWeight(name, Weight.list(shape), source, identity, computation);
    }
}
