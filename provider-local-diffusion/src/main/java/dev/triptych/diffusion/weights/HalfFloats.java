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
}
