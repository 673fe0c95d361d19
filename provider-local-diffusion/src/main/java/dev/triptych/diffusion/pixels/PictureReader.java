package dev.triptych.diffusion.pixels;

import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.UnreadablePictureException;
import java.awt.image.BufferedImage;

/** The pixels of a picture that {@link ImageDecoder} decodes, without its transparency. */
final class PictureReader {

    private PictureReader() {}

    static Pixels read(byte[] encoded) {
        return opaque(decode(encoded));
    }

    private static BufferedImage decode(byte[] encoded) {
        try {
            return ImageDecoder.decode(encoded);
        } catch (UnreadablePictureException e) {
            throw unsupported(e);
        }
    }

    /** What this engine says of a picture that may be whole but that it cannot read. */
    static UnsupportedRequestException unsupported(UnreadablePictureException cause) {
        return new UnsupportedRequestException("input " + cause.getMessage(), "local", cause);
    }

    private static Pixels opaque(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[Math.multiplyExact(width * height, 3)];
        int[] row = new int[width];
        int to = 0;
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int pixel : row) {
                rgb[to++] = (byte) (pixel >> 16);
                rgb[to++] = (byte) (pixel >> 8);
                rgb[to++] = (byte) pixel;
            }
        }
        return new Pixels(width, height, rgb);
    }
}
