package dev.triptych.diffusion.pixels.annotate;

import dev.triptych.diffusion.pixels.Pixels;
import java.util.List;
import java.util.Locale;

/**
 * Makes a control picture of a picture, of the same size. Each needs no model; what needs one (depth, poses) is made
 * elsewhere.
 *
 * <table>
 * <caption>How they are written</caption>
 * <tr><th>text<th>control picture
 * <tr><td>canny, canny:LOW:HIGH<td>white edges on black, {@link Canny}; thresholds of 100 and 200
 * <tr><td>luminance<td>the brightness of each pixel, grey
 * <tr><td>inversion<td>the negative: black lines on white as white ones on black, for scribbles and line art
 * <tr><td>blur, blur:SIGMA<td>a Gaussian blur, {@link GaussianBlur}; 9 pixels; for tile controls
 * </table>
 */
@FunctionalInterface
public interface Annotator {

    /** The control picture of {@code picture}. */
    Pixels annotate(Pixels picture);

    /**
     * The annotator that {@code text} names.
     *
     * @throws IllegalArgumentException if it names none, or with numbers that it cannot take
     */
    static Annotator parse(String text) {
        List<String> parts = List.of(text.strip().toLowerCase(Locale.ROOT).split(":", -1));
        List<String> numbers = parts.subList(1, parts.size());
        return switch (parts.get(0)) {
            case "canny" -> {
                boolean plain = require(text, numbers, 0, 2) == 0;
                yield plain
                        ? new Canny(Canny.LOW, Canny.HIGH)
                        : new Canny(
                                number(text, numbers.get(0), 0, Canny.MOST),
                                number(text, numbers.get(1), 0, Canny.MOST));
            }
            case "blur" -> {
                boolean plain = require(text, numbers, 0, 1) == 0;
                yield new GaussianBlur(
                        plain ? GaussianBlur.SIGMA : number(text, numbers.get(0), 0.1, GaussianBlur.MOST));
            }
            case "luminance" -> {
                require(text, numbers, 0, 0);
                yield new Luminance();
            }
            case "inversion" -> {
                require(text, numbers, 0, 0);
                yield new Inversion();
            }
            default ->
                throw new IllegalArgumentException(
                        "an annotator must be canny, luminance, inversion or blur but was \"" + parts.get(0) + "\"");
        };
    }

    private static int require(String text, List<String> numbers, int few, int many) {
        if (numbers.size() != few && numbers.size() != many) {
            throw new IllegalArgumentException(
                    "an annotator must be canny, canny:LOW:HIGH, luminance, inversion, blur or"
                            + " blur:SIGMA but was \"" + text + "\"");
        }
        return numbers.size();
    }

    private static double number(String text, String part, double low, double high) {
        double value;
        try {
            value = Double.parseDouble(part);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "an annotator's numbers must be numbers but one was \"" + part + "\"", e);
        }
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException("an annotator's number must be between " + low + " and " + high
                    + " but was " + part + " in \"" + text + "\"");
        }
        return value;
    }
}
