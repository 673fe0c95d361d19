package dev.triptych.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Encoded pictures to pixels and back: the one way in for everybody who looks at pixels (the local engine, what is sent
 * to a server in another format, comparisons), so that all of them see the same picture, and the one that Pillow and so
 * diffusers see.
 *
 * <ul>
 *   <li>Reads what the Java runtime reads: PNG, JPEG, GIF (its first frame) and BMP; and WebP where an ImageIO plug-in
 *       for it is on the class path. TwelveMonkeys' plug-in repeats the colours of a lossy WebP where libwebp
 *       interpolates them: samples are up to 7 of 255 off in photos, and more at hard edges of colour.
 *   <li>Samples are taken as they are stored. A colour profile (Display P3, Adobe RGB), a gamma value or ImageIO's idea
 *       that grey is linear light change nothing; of 16 bits the upper 8 are taken.
 *   <li>A CMYK or YCCK JPEG is taken for one of Adobe's, which store inverted inks, and becomes {@code (255 − ink) ·
 *       (255 − black) / 255}.
 *   <li>The picture is turned as its {@linkplain ExifOrientation EXIF orientation} says.
 *   <li>What would take too much memory is refused by its header, before anything is decoded.
 * </ul>
 *
 * <p>No setting of ImageIO is touched, and nothing goes through a file.
 */
public final class ImageDecoder {

    /**
     * The memory that decoding may take unless somebody says otherwise: 512 MiB, which is a picture of 64 Mi pixels of
     * 8 bits.
     */
    public static final long DEFAULT_MAX_BYTES = 512L << 20;

    /** What a packed pixel of the result takes. */
    private static final int PACKED_BYTES = 4;

    private ImageDecoder() {}

    /** {@link #decode(byte[], long)} with {@link #DEFAULT_MAX_BYTES}, or half the Java heap where that is less. */
    public static BufferedImage decode(byte[] bytes) {
        return decode(bytes, Math.min(DEFAULT_MAX_BYTES, Runtime.getRuntime().maxMemory() / 2));
    }

    /**
     * The pixels of {@code bytes}, upright: a picture of type {@code TYPE_INT_ARGB} where the file has transparency
     * (not premultiplied), else of {@code TYPE_INT_RGB}, whose {@code getRGB} gives the samples as they are stored.
     *
     * @param maxBytes what decoding may take: the picture as the reader holds it, and 4 bytes a pixel for the result
     * @throws UnreadablePictureException if the header says that it would take more, or no reader for the format is
     *     there
     * @throws IllegalArgumentException if {@code bytes} are no picture, or a damaged one
     */
    public static BufferedImage decode(byte[] bytes, long maxBytes) {
        ImageHeader header = ImageHeader.read(bytes);
        long needed = header.pixels() * (bytesPerPixel(bytes, header) + PACKED_BYTES);
        if (needed > maxBytes) {
            throw new UnreadablePictureException("picture must take at most " + mebibytes(maxBytes)
                    + " to decode but its header says " + header.width() + "x" + header.height() + ", which takes "
                    + mebibytes(needed) + "; scale it down");
        }
        return ExifOrientation.of(bytes).applyTo(StoredSamples.read(bytes, header));
    }

    /** What a pixel takes as the reader holds it: up to 8 bytes in a PNG of 16 bits (section 11.2.1), else up to 4. */
    private static int bytesPerPixel(byte[] bytes, ImageHeader header) {
        if (!header.mediaType().equals("image/png") || bytes.length < 26) {
            return PACKED_BYTES;
        }
        int samples = switch (bytes[25]) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        return bytes[24] == 16 ? 2 * samples : PACKED_BYTES;
    }

    private static String mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) / (1 << 20) + " MiB";
    }

    /** {@code image} as a PNG; the same pixels give the same bytes on one Java runtime. */
    public static byte[] encodePng(BufferedImage image) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (ImageOutputStream output = new MemoryCacheImageOutputStream(png)) {
            if (!ImageIO.write(image, "png", output)) {
                throw new IllegalArgumentException("picture must be of a kind that PNG knows but was " + image);
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory can always be written to", e);
        }
        return png.toByteArray();
    }
}
