package dev.triptych.diffusion.weights;

/** IEEE half precision: 1 sign, 5 exponent and 10 fraction bits. */
final class HalfFloats {

    private HalfFloats() {}

    /** The exact value of a half, given by its bits. */
    static float toFloat(short bits) {
        int exponent = (bits >> 10) & 0x1F;
        int fraction = bits & 0x3FF;
        float magnitude;
        if (exponent == 0x1F) {
            magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
        } else if (exponent == 0) {
            magnitude = fraction * 0x1p-24f;
        } else {
            magnitude = Float.intBitsToFloat(((exponent + 112) << 23) | (fraction << 13));
        }
        return bits < 0 ? -magnitude : magnitude;
    }

    /** The exact values of the first {@code count} halves, from {@code at} on. */
    static void toFloats(short[] bits, float[] values, int at, int count) {
        for (int i = 0; i < count; i++) {
            values[at + i] = shifted(bits[i]);
        }
    }

    /**
     * The exponent's bias is mended by a product with a power of two, which is exact and gets subnormal halves right
     * too: no branch for them, so that the compiler makes vectors of the loop. Infinities and NaN come out as such.
     */
    private static float shifted(short bits) {
        int magnitude = (bits & 0x7FFF) << 13;
        float finite = Float.intBitsToFloat(magnitude) * 0x1p112f;
        int special = (bits & 0x7C00) == 0x7C00 ? magnitude | 0x7F800000 : Float.floatToRawIntBits(finite);
        return Float.intBitsToFloat(special | (bits & 0x8000) << 16);
    }
}
