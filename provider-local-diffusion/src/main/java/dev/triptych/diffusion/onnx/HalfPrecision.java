package dev.triptych.diffusion.onnx;

/** Numbers in IEEE 754 half precision: 1 sign bit, 5 exponent bits, 10 fraction bits. Stateless. */
final class HalfPrecision {

    private static final int FLOAT_BIAS = 127;
    private static final int HALF_BIAS = 15;
    private static final int DROPPED = 13;

    private HalfPrecision() {}

    /** The half nearest to {@code value}, of two as near the even one; an infinity beyond 65504. */
    static short bits(float value) {
        int bits = Float.floatToIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7FFFFFFF;
        if (magnitude > 0x7F800000) {
            return (short) (sign | 0x7E00);
        }
        int exponent = (magnitude >>> 23) - FLOAT_BIAS + HALF_BIAS;
        if (exponent > 30) {
            return (short) (sign | 0x7C00);
        }
        if (exponent < -10) {
            return (short) sign;
        }
        int fraction = (magnitude & 0x7FFFFF) | 0x800000;
        // A subnormal half loses one more bit for each step of its exponent below 1.
        int dropped = DROPPED + Math.max(0, 1 - exponent);
        int kept = (fraction >>> dropped) + (exponent > 0 ? ((exponent - 1) << 10) : 0);
        int rest = fraction & ((1 << dropped) - 1);
        int middle = 1 << (dropped - 1);
        boolean up = rest > middle || (rest == middle && (kept & 1) == 1);
        return (short) (sign | (kept + (up ? 1 : 0))); // a carry reaches the exponent, and infinity, as it should
    }
}
