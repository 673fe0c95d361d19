package dev.triptych.server.pictures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Small JPEGs of large pictures. */
public final class Previews {

    /** The longest edge of a thumbnail, in pixels. */
    public static final int THUMBNAIL_EDGE = 256;

    /** JPEG quality of a thumbnail, 0 to 1. */
    public static final float THUMBNAIL_QUALITY = 0.82f;

    private Previews() {}

    /**
     * {@code picture} as a JPEG.
     *
     * @param maxEdge the longest edge in pixels; a smaller picture keeps its size
     * @param quality 0 to 1
     */
    public static byte[] jpeg(BufferedImage picture, int maxEdge, float quality) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam how = writer.getDefaultWriteParam();
            how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            how.setCompressionQuality(quality);
            writer.write(null, new IIOImage(fitted(picture, maxEdge), null, null), how);
        } catch (IOException e) {
            throw new IllegalStateException("memory can always be written to", e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** {@code picture} on white, halved as often as that stays above the goal, so that nothing is skipped. */
    private static BufferedImage fitted(BufferedImage picture, int maxEdge) {
        double scale = Math.min(1, (double) maxEdge / Math.max(picture.getWidth(), picture.getHeight()));
        int width = Math.max(1, (int) Math.round(picture.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(picture.getHeight() * scale));
        BufferedImage now = picture;
        while (now.getWidth() / 2 >= width && now.getHeight() / 2 >= height) {
            now = drawn(now, now.getWidth() / 2, now.getHeight() / 2);
        }
        return drawn(now, width, height);
    }

    private static BufferedImage drawn(BufferedImage picture, int width, int height) {
        BufferedImage drawn = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = drawn.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(picture, 0, 0, width, height, null);
        graphics.dispose();
        return drawn;
    }
}
