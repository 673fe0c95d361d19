package dev.triptych.server.a1111;

import dev.triptych.ImageInput;
import dev.triptych.media.ImageDecoder;
import dev.triptych.server.http.HttpFailure;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/**
 * The web UI's meaning of a mask (modules/processing.py, create_binary_mask): where its picture has transparency,
 * opaque is repainted, the reverse of OpenAI's; else white is, from a brightness of 128 up where it is rounded.
 */
final class WebUiMask {

    private WebUiMask() {}

    /**
     * {@code mask} in our meaning: white = repaint, of the size {@code width} × {@code height}.
     *
     * @param round whether grey is rounded to black and white
     * @param invert whether the other part is meant
     */
    static ImageInput read(ImageInput mask, int width, int height, boolean round, boolean invert) {
        BufferedImage pixels;
        try {
            pixels = ImageDecoder.decode(mask.bytes());
        } catch (IllegalArgumentException e) {
            throw HttpFailure.badField("mask", "mask: " + e.getMessage());
        }
        boolean byAlpha = pixels.getColorModel().hasAlpha() && !isOpaque(pixels);
        BufferedImage read = new BufferedImage(pixels.getWidth(), pixels.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < pixels.getHeight(); y++) {
            for (int x = 0; x < pixels.getWidth(); x++) {
                Color color = new Color(pixels.getRGB(x, y), true);
                int grey = byAlpha
                        ? color.getAlpha()
                        : (color.getRed() * 299 + color.getGreen() * 587 + color.getBlue() * 114) / 1000;
                int repaint = round ? (grey > 128 ? 255 : 0) : grey;
                read.getRaster().setSample(x, y, 0, invert ? 255 - repaint : repaint);
            }
        }
        return ImageInput.of(ImageDecoder.encodePng(fitted(read, width, height)));
    }

    private static BufferedImage fitted(BufferedImage mask, int width, int height) {
        if (mask.getWidth() == width && mask.getHeight() == height) {
            return mask;
        }
        BufferedImage scaled = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        graphics.drawImage(mask, 0, 0, width, height, null);
        graphics.dispose();
        return scaled;
    }

    private static boolean isOpaque(BufferedImage pixels) {
        for (int y = 0; y < pixels.getHeight(); y++) {
            for (int x = 0; x < pixels.getWidth(); x++) {
                if (pixels.getRGB(x, y) >>> 24 != 255) {
                    return false;
                }
            }
        }
        return true;
    }
}
