package dev.triptych.server.openai;

import dev.triptych.ImageInput;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageHeader;
import dev.triptych.server.http.HttpFailure;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a mask means. OpenAI's clients repaint where it is transparent; the tools around Stable Diffusion, and we,
 * repaint where it is white. A mask that has a transparent pixel is OpenAI's; any other is read by its brightness.
 */
final class Masks {

    private Masks() {}

    /**
     * A mask in our meaning.
     *
     * @param mask white = repaint, of the picture's size
     * @param remark what a person should know of it; {@code ""} = nothing
     */
    record Read(ImageInput mask, String remark) {}

    /** How to read a mask. */
    enum Mode {
        /** Transparent = repaint. */
        ALPHA,
        /** White = repaint. */
        WHITE,
        /** Black = repaint. */
        BLACK;

        static Mode of(String word) {
            return switch (word.toLowerCase(Locale.ROOT)) {
                case "alpha" -> ALPHA;
                case "white" -> WHITE;
                case "black" -> BLACK;
                default ->
                    throw HttpFailure.badField(
                            "mask_mode", "mask_mode must be alpha, white or black but was" + " another word");
            };
        }
    }

    /**
     * Reads {@code mask}.
     *
     * @param picture what it lies on
     * @param wanted how to read it; empty = by what it looks like
     * @throws HttpFailure 400 if there is nothing to repaint, or its shape is another than the picture's
     */
    static Read read(ImageInput mask, ImageHeader picture, Optional<Mode> wanted) {
        BufferedImage pixels = decode("mask", mask);
        Mode mode = wanted.orElse(hasTransparency(pixels) ? Mode.ALPHA : Mode.WHITE);
        String remark = "";
        if (pixels.getWidth() != picture.width() || pixels.getHeight() != picture.height()) {
            if ((long) pixels.getWidth() * picture.height() != (long) pixels.getHeight() * picture.width()) {
                throw HttpFailure.badField(
                        "mask",
                        "mask must be of the picture's size, " + picture.width() + "x" + picture.height() + ", but was "
                                + pixels.getWidth() + "x" + pixels.getHeight());
            }
            remark = "the mask was " + pixels.getWidth() + "x" + pixels.getHeight()
                    + " and was scaled to the picture's " + picture.width() + "x" + picture.height();
            pixels = scaled(pixels, picture.width(), picture.height());
        }
        return read(pixels, mode, remark);
    }

    /** The mask that a picture's own transparent parts are; empty where it has none that are wholly transparent. */
    static Optional<Read> ofTransparency(ImageInput picture) {
        BufferedImage pixels = decode("image", picture);
        if (!pixels.getColorModel().hasAlpha() || leastAlpha(pixels) > 0) {
            return Optional.empty();
        }
        return Optional.of(
                read(pixels, Mode.ALPHA, "there was no mask, so the transparent parts of the picture were made new"));
    }

    private static Read read(BufferedImage pixels, Mode mode, String remark) {
        BufferedImage mask = new BufferedImage(pixels.getWidth(), pixels.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        boolean any = false;
        boolean all = true;
        for (int y = 0; y < pixels.getHeight(); y++) {
            for (int x = 0; x < pixels.getWidth(); x++) {
                int repaint = repaint(pixels.getRGB(x, y), mode);
                any |= repaint > 127;
                all &= repaint > 127;
                mask.getRaster().setSample(x, y, 0, repaint);
            }
        }
        if (!any) {
            throw new HttpFailure(
                    400,
                    "invalid_mask",
                    "mask must say where to repaint, by transparent pixels or else by white ones, but has neither",
                    "mask");
        }
        String said = all
                ? List.of(remark, "the mask covers the whole picture").stream()
                        .filter(text -> !text.isEmpty())
                        .reduce((first, second) -> first + "; " + second)
                        .orElse("")
                : remark;
        return new Read(ImageInput.of(ImageDecoder.encodePng(mask)), said);
    }

    private static int repaint(int argb, Mode mode) {
        Color color = new Color(argb, true);
        // ITU-R BT.601 luma, as Pillow's conversion to grey.
        int grey = (color.getRed() * 299 + color.getGreen() * 587 + color.getBlue() * 114) / 1000;
        return switch (mode) {
            case ALPHA -> 255 - color.getAlpha();
            case WHITE -> grey;
            case BLACK -> 255 - grey;
        };
    }

    private static boolean hasTransparency(BufferedImage pixels) {
        return pixels.getColorModel().hasAlpha() && leastAlpha(pixels) < 255;
    }

    private static int leastAlpha(BufferedImage pixels) {
        int least = 255;
        for (int y = 0; y < pixels.getHeight(); y++) {
            for (int x = 0; x < pixels.getWidth(); x++) {
                least = Math.min(least, pixels.getRGB(x, y) >>> 24);
            }
        }
        return least;
    }

    private static BufferedImage scaled(BufferedImage pixels, int width, int height) {
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        graphics.drawImage(pixels, 0, 0, width, height, null);
        graphics.dispose();
        return scaled;
    }

    private static BufferedImage decode(String field, ImageInput picture) {
        try {
            return ImageDecoder.decode(picture.bytes());
        } catch (IllegalArgumentException e) {
            throw HttpFailure.badField(field, field + ": " + e.getMessage());
        }
    }
}
