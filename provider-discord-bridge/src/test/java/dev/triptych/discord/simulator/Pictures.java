package dev.triptych.discord.simulator;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Small pictures whose colours tell what they were made of. */
public final class Pictures {

    private Pictures() {}

    /** One picture of {@code width} × {@code height} in the colour of {@code text} and {@code tile}. */
    public static byte[] plain(String text, int tile, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        fill(image, 0, 0, width, height, color(text, tile));
        return png(image);
    }

    /** A grid of {@code width} × {@code height}: tiles 1 to 4, each in its own colour; an odd middle line is black. */
    public static byte[] grid(String text, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int w = width / 2;
        int h = height / 2;
        fill(image, 0, 0, w, h, color(text, 1));
        fill(image, width - w, 0, w, h, color(text, 2));
        fill(image, 0, height - h, w, h, color(text, 3));
        fill(image, width - w, height - h, w, h, color(text, 4));
        return png(image);
    }

    /** The colour of {@code text} and {@code tile}, as 0xRRGGBB. */
    public static int color(String text, int tile) {
        int hash = (text + "#" + tile).hashCode();
        return (hash ^ hash >>> 8) & 0xffffff;
    }

    /** The colour of the middle of {@code png}. */
    public static int colorOf(byte[] png) {
        BufferedImage image = decode(png);
        return image.getRGB(image.getWidth() / 2, image.getHeight() / 2) & 0xffffff;
    }

    private static BufferedImage decode(byte[] png) {
        try {
            return ImageIO.read(new ByteArrayInputStream(png));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fill(BufferedImage image, int left, int top, int width, int height, int color) {
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < left + width; x++) {
                image.setRGB(x, y, color);
            }
        }
    }

    private static byte[] png(BufferedImage image) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
