package dev.triptych.media;

import java.awt.image.BufferedImage;

/**
 * Reads a mask that may be meant in either of two ways, and gives it the one meaning that a request's mask has: white =
 * repaint, black = keep.
 *
 * <p>OpenAI's images API and what follows it (LangChain4j, its own clients) mark with transparency: alpha 0 = repaint,
 * opaque = keep. diffusers and most others paint: white = repaint. A mask with any pixel that is not opaque is read the
 * first way, every other one the second.
 */
public final class RepaintMask {

    private static final int OPAQUE = 255;

    private RepaintMask() {}

    /**
     * {@code mask} as an encoded picture where white = repaint: a new grey PNG of {@code 255 - alpha} where it marks
     * with transparency, else {@code mask} itself.
     *
     * @throws IllegalArgumentException if it cannot be read, or leaves nothing to repaint
     */
    public static byte[] whiteToRepaint(byte[] mask) {
        BufferedImage image = ImageDecoder.decode(mask);
        if (leastAlpha(image) < OPAQUE) {
            return ImageDecoder.encodePng(transparency(image));
        }
        if (!hasLight(image)) {
            throw new IllegalArgumentException("mask must mark something to repaint, with transparent pixels or, where"
                    + " all are opaque, with white ones, but all of its pixels are opaque and black");
        }
        return mask;
    }

    private static int leastAlpha(BufferedImage image) {
        int least = OPAQUE;
        if (image.getColorModel().hasAlpha()) {
            for (int y = 0; y < image.getHeight(); y++) {
                for (int x = 0; x < image.getWidth(); x++) {
                    least = Math.min(least, image.getRGB(x, y) >>> 24);
                }
            }
        }
        return least;
    }

    private static BufferedImage transparency(BufferedImage image) {
        BufferedImage grey = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                // Into the raster: a grey image's own colours are linear, and would be converted.
                grey.getRaster().setSample(x, y, 0, OPAQUE - (image.getRGB(x, y) >>> 24));
            }
        }
        return grey;
    }

    private static boolean hasLight(BufferedImage image) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if ((image.getRGB(x, y) & 0xFFFFFF) != 0) {
                    return true;
                }
            }
        }
        return false;
    }
}
