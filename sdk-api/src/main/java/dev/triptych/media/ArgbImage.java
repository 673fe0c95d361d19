package dev.triptych.media;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;

/** Pictures of packed 8-bit pixels, whose {@code getRGB} gives back what was written, and their array of pixels. */
final class ArgbImage {

    private ArgbImage() {}

    static BufferedImage create(int width, int height, boolean hasAlpha) {
        return new BufferedImage(width, height, hasAlpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    }

    /** The array behind a picture that {@link #create} made: {@code [height, width]}, row-major. */
    static int[] pixels(BufferedImage image) {
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }
}
