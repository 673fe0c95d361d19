package dev.triptych.compare;

import dev.triptych.media.ImageDecoder;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A picture as it goes into the page: its own bytes where they are few, else a JPEG, so that a page with a hundred
 * pictures can still be sent by mail.
 *
 * @param source a {@code data:} URL
 * @param exact whether these are the picture's own bytes
 */
record ReportPicture(String source, boolean exact) {

    private static final float JPEG_QUALITY = 0.9f;

    /**
     * How much room a picture has in the page: the more pictures, the less.
     *
     * @param exactBytes a picture of so many bytes goes in as it is
     * @param edge the longer edge of one that does not, in pixels
     */
    record Room(int exactBytes, int edge) {
        private static final int PAGE_BYTES = 60_000_000;

        static Room forEachOf(int pictures) {
            int exactBytes = Math.max(60_000, Math.min(400_000, PAGE_BYTES / Math.max(1, pictures)));
            return new Room(exactBytes, pictures <= 60 ? 1536 : pictures <= 200 ? 1024 : 768);
        }
    }

    static ReportPicture of(byte[] bytes, String mediaType, Room room) {
        if (bytes.length <= room.exactBytes) {
            return new ReportPicture(url(mediaType, bytes), true);
        }
        BufferedImage image;
        try {
            image = ImageDecoder.decode(bytes);
        } catch (IllegalArgumentException e) {
            // A browser may know a format that ImageIO does not.
            return new ReportPicture(url(mediaType, bytes), true);
        }
        return new ReportPicture(url("image/jpeg", jpeg(onWhite(image, room.edge))), false);
    }

    private static String url(String mediaType, byte[] bytes) {
        return "data:" + mediaType + ";base64," + Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * {@code image} without transparency and with its longer edge at most {@code edge}, in steps of at most a half so
     * that no pixel is skipped.
     */
    static BufferedImage onWhite(BufferedImage image, int edge) {
        double scale = Math.min(1, (double) edge / Math.max(image.getWidth(), image.getHeight()));
        int width = (int) Math.max(1, Math.round(image.getWidth() * scale));
        int height = (int) Math.max(1, Math.round(image.getHeight() * scale));
        BufferedImage from = image;
        while (from.getWidth() > 2 * width) {
            from = drawn(from, from.getWidth() / 2, from.getHeight() / 2);
        }
        return drawn(from, width, height);
    }

    private static BufferedImage drawn(BufferedImage from, int width, int height) {
        BufferedImage target = new BufferedImage(width, Math.max(1, height), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = target.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(from, 0, 0, target.getWidth(), target.getHeight(), Color.WHITE, null);
        } finally {
            graphics.dispose();
        }
        return target;
    }

    private static byte[] jpeg(BufferedImage image) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(JPEG_QUALITY);
            writer.setOutput(output);
            writer.write(null, new IIOImage(image, null, null), settings);
        } catch (IOException e) {
            throw new IllegalStateException("writing a JPEG to memory does not fail", e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** Never the picture itself. */
    @Override
    public String toString() {
        return "ReportPicture[" + source.length() + " characters, exact=" + exact + "]";
    }
}
