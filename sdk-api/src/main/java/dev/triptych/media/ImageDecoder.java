package dev.triptych.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Encoded pictures to pixels and back, with a guard before the memory is spent. Reads what the Java runtime reads (PNG,
 * JPEG, GIF, BMP), and WebP where an ImageIO plug-in for it is on the class path.
 */
public final class ImageDecoder {

    /** The most pixels that are decoded unless somebody says more: 64 Mi, 256 MiB of memory. */
    public static final long DEFAULT_MAX_PIXELS = 64L << 20;

    static {
        ImageIO.setUseCache(false);
    }

    private ImageDecoder() {}

    /** The pixels of {@code bytes}, if there are at most {@link #DEFAULT_MAX_PIXELS}. */
    public static BufferedImage decode(byte[] bytes) {
        return decode(bytes, DEFAULT_MAX_PIXELS);
    }

    /**
     * The pixels of {@code bytes}.
     *
     * @throws IllegalArgumentException if the header says more than {@code maxPixels}, the data are damaged, or no
     *     reader for the format is there
     */
    public static BufferedImage decode(byte[] bytes, long maxPixels) {
        ImageHeader header = ImageHeader.read(bytes);
        if (header.pixels() > maxPixels) {
            throw new IllegalArgumentException("picture must have at most " + maxPixels + " pixels but its header says "
                    + header.width() + "x" + header.height());
        }
        BufferedImage image = read(bytes, header);
        if (image == null) {
            throw new IllegalArgumentException("picture is " + header.mediaType()
                    + ", which this Java runtime does not read; "
                    + "an ImageIO plug-in such as com.twelvemonkeys.imageio:imageio-webp adds WebP");
        }
        return image;
    }

    /** ImageIO's readers throw all kinds of unchecked exceptions where the data are damaged. */
    private static @Nullable BufferedImage read(byte[] bytes, ImageHeader header) {
        try {
            return ImageIO.read(new ByteArrayInputStream(bytes));
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("picture is " + header + " but its data are damaged", e);
        }
    }

    /** {@code image} as a PNG; the same pixels give the same bytes on one Java runtime. */
    public static byte[] encodePng(BufferedImage image) {
        try {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            if (!ImageIO.write(image, "png", png)) {
                throw new IllegalArgumentException("picture must be of a kind that PNG knows but was " + image);
            }
            return png.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException("memory can always be written to", e);
        }
    }
}
