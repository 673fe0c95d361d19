package dev.triptych.compare;

import dev.triptych.media.ImageHeader;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** Decodes pictures with ImageIO, and looks at the header first: a small file can hold a picture that fills memory. */
final class PictureDecoder {

    /** 8192 × 8192: more than any model makes, and a quarter of a gigabyte when decoded. */
    static final long MAX_PIXELS = 1L << 26;

    private PictureDecoder() {}

    /**
     * The picture in {@code bytes}.
     *
     * @throws IllegalArgumentException if it is too large, damaged or of a format that ImageIO cannot read
     */
    static BufferedImage decode(byte[] bytes) {
        ImageHeader header = ImageHeader.read(bytes);
        if (header.pixels() > MAX_PIXELS) {
            throw new IllegalArgumentException("picture must have at most " + MAX_PIXELS + " pixels but is " + header);
        }
        BufferedImage image = read(bytes, header);
        if (image == null) {
            throw new IllegalArgumentException("picture must be of a format that ImageIO reads but is " + header);
        }
        return image;
    }

    private static @Nullable BufferedImage read(byte[] bytes, ImageHeader header) {
        try {
            return ImageIO.read(new ByteArrayInputStream(bytes));
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("picture must be whole but cannot be decoded: " + header, e);
        }
    }
}
