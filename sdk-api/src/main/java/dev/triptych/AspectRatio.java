package dev.triptych;

/**
 * The shape of a picture, such as 16:9.
 *
 * @param width parts from left to right, at least 1
 * @param height parts from top to bottom, at least 1
 */
public record AspectRatio(int width, int height) {

    /** @throws IllegalArgumentException if a part is less than 1 */
    public AspectRatio {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "aspect ratio must have parts of at least 1 but was " + width + ":" + height);
        }
    }

    /**
     * Reads {@code "16:9"}.
     *
     * @throws IllegalArgumentException if {@code text} is not two whole numbers with a colon between
     */
    public static AspectRatio parse(String text) {
        String[] parts = text.split(":", -1);
        try {
            if (parts.length == 2) {
                return new AspectRatio(Integer.parseInt(parts[0].strip()), Integer.parseInt(parts[1].strip()));
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(expected(text), e);
        }
        throw new IllegalArgumentException(expected(text));
    }

    private static String expected(String text) {
        return "aspect ratio must be WIDTH:HEIGHT, such as 16:9, but was \"" + text + "\"";
    }

    /** Width ÷ height. */
    public double value() {
        return (double) width / height;
    }

    @Override
    public String toString() {
        return width + ":" + height;
    }
}
