package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Makes 8-bit integers of a tensor: for each row c the scale s = max|w| / 127, and the codes round(w / s), halves to
 * the even one. A row of zeros has the scale 1.
 *
 * @param codes in the order that {@link IntegerWeight.Use} says
 * @param scales [rows], little endian
 */
record IntegerCodes(ByteBuffer codes, ByteBuffer scales) {

    private static final int MOST = 127;

    /** Added to a float of this size, all digits behind the point are rounded away: 1.5 · 2²³. */
    private static final float ROUNDING = 12_582_912f;

    /** So many rows are gone through side by side where rows become columns, for the sake of the processor's caches. */
    private static final int ROWS = 64;

    /**
     * The integers of some rows.
     *
     * @param tensor for messages
     * @param values the whole tensor's, [rows, in, taps]
     * @param taps the elements of a kernel; 1 for a matrix
     * @param first the first row
     * @param count how many rows
     * @throws ModelLoadException if a value is not finite
     */
    static IntegerCodes of(Weight tensor, float[] values, int taps, int first, int count, IntegerWeight.Use use) {
        int width = Math.toIntExact(tensor.elements() / tensor.dims().get(0));
        float[] scales = new float[count];
        float[] factors = new float[count];
        for (int row = 0; row < count; row++) {
            float most = most(tensor, values, (first + row) * width, width);
            scales[row] = most == 0 ? 1 : most / MOST;
            factors[row] = 1 / scales[row];
        }
        byte[] codes = new byte[Math.multiplyExact(count, width)];
        if (use == IntegerWeight.Use.STORED) {
            for (int row = 0; row < count; row++) {
                for (int i = 0; i < width; i++) {
                    codes[row * width + i] = code(values[(first + row) * width + i], factors[row]);
                }
            }
        } else {
            turn(values, codes, factors, taps, first, width);
        }
        ByteBuffer scaleBytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        scaleBytes.asFloatBuffer().put(FloatBuffer.wrap(scales));
        return new IntegerCodes(ByteBuffer.wrap(codes), scaleBytes);
    }

    private static void turn(float[] values, byte[] codes, float[] factors, int taps, int first, int width) {
        int count = factors.length;
        int in = width / taps;
        for (int block = 0; block < count; block += ROWS) {
            int end = Math.min(count, block + ROWS);
            for (int i = 0; i < in; i++) {
                for (int tap = 0; tap < taps; tap++) {
                    int to = (tap * in + i) * count;
                    int from = first * width + i * taps + tap;
                    for (int row = block; row < end; row++) {
                        codes[to + row] = code(values[from + row * width], factors[row]);
                    }
                }
            }
        }
    }

    private static float most(Weight tensor, float[] values, int from, int width) {
        float most = 0;
        for (int i = from; i < from + width; i++) {
            most = Math.max(most, Math.abs(values[i])); // NaN stays NaN
        }
        if (!Float.isFinite(most)) {
            throw new ModelLoadException(tensor.source() + ": tensor " + tensor.name()
                    + " must hold finite numbers but holds NaN or an infinity");
        }
        return most;
    }

    private static byte code(float value, float factor) {
        return (byte) Float.floatToRawIntBits(value * factor + ROUNDING);
    }
}
