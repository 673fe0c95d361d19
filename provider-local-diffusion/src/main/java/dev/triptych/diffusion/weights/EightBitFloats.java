package dev.triptych.diffusion.weights;

/**
 * The two kinds of 8-bit floating point, by a table of their 256 values each. E4M3 (its finite form) has a sign, 4
 * exponent and 3 fraction bits, no infinity and one NaN of either sign; E5M2 is the upper half of IEEE half precision.
 * Reference: Micikevicius et al., <em>FP8 Formats for Deep Learning</em>, 2022, table 1.
 */
final class EightBitFloats {

    private static final float[] E4M3 = new float[256];
    private static final float[] E5M2 = new float[256];

    static {
        for (int bits = 0; bits < 256; bits++) {
            E4M3[bits] = e4m3(bits);
            E5M2[bits] = HalfFloats.toFloat((short) (bits << 8));
        }
    }

    private EightBitFloats() {}

    private static float e4m3(int bits) {
        int exponent = (bits >> 3) & 0xF;
        int fraction = bits & 0x7;
        float magnitude;
        if (exponent == 0xF && fraction == 0x7) {
            magnitude = Float.NaN;
        } else if (exponent == 0) {
            magnitude = fraction * 0x1p-9f;
        } else {
            magnitude = Math.scalb((float) (8 + fraction), exponent - 10);
        }
        return bits >= 0x80 ? -magnitude : magnitude;
    }

    /** The value of each of the 256 codes of {@code dtype}, which is one of the two. */
    static float[] table(Dtype dtype) {
        return dtype == Dtype.F8_E5M2 ? E5M2 : E4M3;
    }
}
