package dev.triptych.diffusion.engine;

import java.util.Arrays;

/**
 * A tensor of 32-bit floats.
 *
 * @param shape the length of each axis
 * @param values the elements, row-major; not copied, for speed
 */
@SuppressWarnings("ArrayRecordComponent")
public record Tensor(long[] shape, float[] values) {

    /** Checks that the values fill the shape. */
    public Tensor {
        long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        if (elements != values.length) {
            throw new IllegalArgumentException("values must be " + elements + " for shape " + Arrays.toString(shape)
                    + " but were " + values.length);
        }
    }

    /** The shape alone; values can be many. */
    @Override
    public String toString() {
        return "Tensor" + Arrays.toString(shape);
    }
}
