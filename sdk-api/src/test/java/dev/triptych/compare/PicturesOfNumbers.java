package dev.triptych.compare;

import java.util.function.IntBinaryOperator;

/** Pictures given by a formula. */
final class PicturesOfNumbers {

    private PicturesOfNumbers() {}

    /** The picture whose brightness at (x, y) is {@code value}. */
    static Luminance of(int width, int height, IntBinaryOperator value) {
        double[] values = new double[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                values[y * width + x] = value.applyAsInt(x, y);
            }
        }
        return new Luminance(width, height, values);
    }
}
