package dev.triptych.diffusion.pixels;

import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.ImageHeader;
import java.awt.image.BufferedImage;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes pictures with ImageIO but takes the samples as they are stored: ImageIO's own conversion to sRGB would
 * lighten grey pictures and follow embedded profiles, which Pillow's does not.
 */
final class PictureReader {

    /** A picture of this size is 192 MB decoded; a larger one is more likely an attack than a wish. */
    private static final long MOST_PIXELS = 64L << 20;

    private PictureReader() {}

    static Pixels read(byte[] encoded) {
        ImageHeader header = ImageHeader.read(encoded);
        if (header.pixels() > MOST_PIXELS) {
            throw new UnsupportedRequestException(
                    "input picture must have at most " + MOST_PIXELS + " pixels but has " + header.width() + "x"
                            + header.height(),
                    "local");
        }
        Pixels pixels = toPixels(decode(encoded, header));
        return header.mediaType().equals("image/jpeg")
                ? ExifOrientation.of(encoded).apply(pixels)
                : pixels;
    }

    private static BufferedImage decode(byte[] encoded, ImageHeader header) {
        try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
            Iterator<ImageReader> readers = ImageIO.getImageReadersByMIMEType(header.mediaType());
            if (!readers.hasNext()) {
                throw new UnsupportedRequestException(
                        "input picture must be PNG, JPEG, GIF or BMP but was " + header.mediaType()
                                + ", for which no ImageIO plugin is on the class path",
                        "local");
            }
            return decode(readers.next(), input);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException | NegativeArraySizeException e) {
            // The readers of the JDK throw the last three where a picture contradicts itself.
            throw new IllegalArgumentException(
                    "input picture must be whole but its data is damaged: " + header + ": " + e.getMessage(), e);
        }
    }

    private static BufferedImage decode(ImageReader reader, ImageInputStream input) throws IOException {
        // The JPEG reader fills up with grey what is missing, and only warns.
        boolean[] endedEarly = new boolean[1];
        try {
            reader.setInput(input, true, true);
            reader.addIIOReadWarningListener((source, warning) -> endedEarly[0] |= warning.contains("premature end"));
            BufferedImage image = reader.read(0);
            if (endedEarly[0]) {
                throw new IIOException("the file ends early");
            }
            return image;
        } finally {
            reader.dispose();
        }
    }

    private static Pixels toPixels(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        boolean isIndexed = image.getColorModel() instanceof IndexColorModel;
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            if (isIndexed || image.getColorModel() instanceof DirectColorModel) {
                convertRow(image.getRGB(0, y, width, 1, null, 0, width), rgb, y * width * 3);
            } else {
                copyRow(image, y, rgb);
            }
        }
        return new Pixels(width, height, rgb);
    }

    /** Palette entries and packed pixels are sRGB as they stand. */
    private static void convertRow(int[] argb, byte[] rgb, int at) {
        int to = at;
        for (int pixel : argb) {
            rgb[to++] = (byte) (pixel >> 16);
            rgb[to++] = (byte) (pixel >> 8);
            rgb[to++] = (byte) pixel;
        }
    }

    private static void copyRow(BufferedImage image, int y, byte[] rgb) {
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        int shift = Math.max(image.getColorModel().getComponentSize(0) - 8, 0);
        int green = bands < 3 ? 0 : 1;
        int blue = bands < 3 ? 0 : 2;
        int[] samples = raster.getPixels(raster.getMinX(), raster.getMinY() + y, image.getWidth(), 1, (int[]) null);
        int to = y * image.getWidth() * 3;
        for (int at = 0; at < samples.length; at += bands) {
            rgb[to++] = (byte) (samples[at] >> shift);
            rgb[to++] = (byte) (samples[at + green] >> shift);
            rgb[to++] = (byte) (samples[at + blue] >> shift);
        }
    }
}
