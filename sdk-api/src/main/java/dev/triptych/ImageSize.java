package dev.triptych;

import java.util.Locale;

/**
 * Width and height of a picture in pixels, each at least 1.
 *
 * @param width pixels from left to right
 * @param height pixels from top to bottom
 */
public record ImageSize(int width, int height) {

    /** @throws IllegalArgumentException if an edge is less than 1 */
    public ImageSize {
        requirePositive("width", width);
        requirePositive("height", height);
    }

    /** A square of {@code edge} × {@code edge} pixels. */
    public static ImageSize square(int edge) {
        return new ImageSize(edge, edge);
    }

    /**
     * Reads {@code "768x512"}.
     *
     * @throws IllegalArgumentException if {@code text} is not two whole numbers with an x between
     */
    public static ImageSize parse(String text) {
        int x = text.toLowerCase(Locale.ROOT).indexOf('x');
        try {
            if (x > 0) {
                return new ImageSize(
                        Integer.parseInt(text.substring(0, x).strip()),
                        Integer.parseInt(text.substring(x + 1).strip()));
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(expected(text), e);
        }
        throw new IllegalArgumentException(expected(text));
    }

    private static String expected(String text) {
        return "size must be WIDTHxHEIGHT, such as 768x512, but was \"" + text + "\"";
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1 but was " + value);
        }
    }

    /** Width × height. */
    public long pixels() {
        return (long) width * height;
    }

    @Override
    public String toString() {
        return width + "x" + height;
    }
}
