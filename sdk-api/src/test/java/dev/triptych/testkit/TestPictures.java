package dev.triptych.testkit;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Small real pictures, made on the spot. */
public final class TestPictures {

    private TestPictures() {}

    /** A PNG of one colour. */
    public static byte[] png(int width, int height, Color color) {
        return encode(plain(width, height, color), "png");
    }

    /** A white PNG mask: repaint everything. */
    public static byte[] mask(int width, int height) {
        return png(width, height, Color.WHITE);
    }

    /** A JPEG of one colour. */
    public static byte[] jpeg(int width, int height, Color color) {
        return encode(plain(width, height, color), "jpeg");
    }

    /** A picture of one colour. */
    public static BufferedImage plain(int width, int height, Color color) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(color);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return image;
    }

    /**
     * {@code image} in a format that the Java runtime writes: {@code "png"}, {@code "jpeg"}, {@code "gif"},
     * {@code "bmp"}.
     */
    public static byte[] encode(BufferedImage image, String format) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            if (!ImageIO.write(image, format, bytes)) {
                throw new IllegalArgumentException("this Java runtime writes no " + format);
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
