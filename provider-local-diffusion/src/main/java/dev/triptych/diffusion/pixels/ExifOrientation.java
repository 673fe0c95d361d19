package dev.triptych.diffusion.pixels;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * How a camera was held: the EXIF tag 0x0112 of a JPEG (Exif 2.32, section 4.6.4), which viewers obey and so does
 * diffusers' {@code load_image}.
 *
 * @param value 1 = upright, 2 = mirrored, 3 = upside down, 4 = flipped, 5 = transposed, 6 = to be turned clockwise, 7 =
 *     transverse, 8 = to be turned counter-clockwise
 */
record ExifOrientation(int value) {

    private static final ExifOrientation UPRIGHT = new ExifOrientation(1);

    private static final int APP1 = 0xe1;
    private static final int START_OF_SCAN = 0xda;
    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final int ORIENTATION = 0x0112;
    private static final int ENTRY_BYTES = 12;

    /** What {@code jpeg} says; upright where it says nothing or nonsense. */
    static ExifOrientation of(byte[] jpeg) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(jpeg).position(2);
            while ((bytes.get() & 0xff) == 0xff) {
                int marker = bytes.get() & 0xff;
                if (marker == START_OF_SCAN) {
                    return UPRIGHT;
                }
                ByteBuffer segment = bytes.slice(bytes.position() + 2, (bytes.getShort(bytes.position()) & 0xffff) - 2);
                if (marker == APP1 && segment.remaining() > EXIF.length && isExif(segment)) {
                    return ofTiff(segment.slice(EXIF.length, segment.remaining() - EXIF.length));
                }
                bytes.position(bytes.position() + 2 + segment.remaining());
            }
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return UPRIGHT;
        }
        return UPRIGHT;
    }

    private static boolean isExif(ByteBuffer segment) {
        return segment.slice(0, EXIF.length).equals(ByteBuffer.wrap(EXIF));
    }

    /** The entry in the first directory of the TIFF structure (TIFF 6.0, section 2). */
    private static ExifOrientation ofTiff(ByteBuffer tiff) {
        tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        int entries = tiff.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + i * ENTRY_BYTES;
            if ((tiff.getShort(entry) & 0xffff) == ORIENTATION) {
                int value = tiff.getShort(entry + 8) & 0xffff;
                return value >= 1 && value <= 8 ? new ExifOrientation(value) : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** The picture as it is to be seen. */
    Pixels apply(Pixels stored) {
        if (value == 1) {
            return stored;
        }
        boolean swaps = value >= 5;
        int width = swaps ? stored.height() : stored.width();
        int height = swaps ? stored.width() : stored.height();
        byte[] from = stored.array();
        byte[] to = new byte[from.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = swaps ? y : x;
                int row = swaps ? x : y;
                if (value == 2 || value == 3 || value == 7 || value == 8) {
                    column = stored.width() - 1 - column;
                }
                if (value == 3 || value == 4 || value == 6 || value == 7) {
                    row = stored.height() - 1 - row;
                }
                System.arraycopy(from, (row * stored.width() + column) * 3, to, (y * width + x) * 3, 3);
            }
        }
        return new Pixels(width, height, to);
    }
}
