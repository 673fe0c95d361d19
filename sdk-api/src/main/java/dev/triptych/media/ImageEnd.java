package dev.triptych.media;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Whether the end of an encoded picture is there: a download that was cut off has a good header and half a picture.
 * What lies between is not looked at, and bytes after the end do no harm.
 */
public final class ImageEnd {

    private static final int PNG_SIGNATURE = 8;

    /** Length, type and checksum around the content of a chunk. */
    private static final int PNG_CHUNK = 12;

    private ImageEnd() {}

    /**
     * Whether {@code bytes}, a picture of a known format, hold its end: PNG's IEND, JPEG's EOI, GIF's trailer, as many
     * bytes as a WebP's or BMP's header says, AVIF's last box.
     */
    public static boolean isThere(byte[] bytes) {
        ByteBuffer big = ByteBuffer.wrap(bytes);
        ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            return switch (ImageHeader.read(bytes).mediaType()) {
                case "image/png" -> png(big);
                case "image/jpeg" -> jpeg(big);
                case "image/webp" -> bytes.length >= (little.getInt(4) & 0xffff_ffffL) + 8 - 1;
                case "image/gif" -> gif(little);
                case "image/bmp" -> bytes.length >= (little.getInt(2) & 0xffff_ffffL);
                case "image/avif" -> AvifBoxes.areWhole(bytes);
                default -> true;
            };
        } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
            return false; // a block that goes on beyond the last byte
        }
    }

    private static boolean png(ByteBuffer png) {
        int at = PNG_SIGNATURE;
        while (at + PNG_CHUNK <= png.limit()) {
            long length = png.getInt(at) & 0xffff_ffffL;
            byte[] type = new byte[4];
            png.get(at + 4, type);
            if (length > png.limit() - at - PNG_CHUNK) {
                return false;
            }
            if (new String(type, StandardCharsets.ISO_8859_1).equals("IEND")) {
                return true;
            }
            at += PNG_CHUNK + (int) length;
        }
        return false;
    }

    /** Segments up to the start of a scan, whose data hold no EOI by themselves (ITU-T T.81, B.1.1.5). */
    private static boolean jpeg(ByteBuffer jpeg) {
        int at = 2;
        while ((jpeg.get(at + 1) & 0xff) != 0xda) {
            int marker = jpeg.get(at + 1) & 0xff;
            boolean bare = marker == 0x01 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd8);
            at += bare ? (marker == 0xff ? 1 : 2) : 2 + (jpeg.getShort(at + 2) & 0xffff);
        }
        for (int i = at; i + 1 < jpeg.limit(); i++) {
            if ((jpeg.get(i) & 0xff) == 0xff && (jpeg.get(i + 1) & 0xff) == 0xd9) {
                return true;
            }
        }
        return false;
    }

    /** Blocks up to the trailer (GIF89a specification, sections 17 to 27). */
    private static boolean gif(ByteBuffer gif) {
        int at = 13 + colours(gif.get(10));
        while (true) {
            int block = gif.get(at) & 0xff;
            if (block == 0x3b) {
                return true;
            }
            if (block == 0x21) {
                at += 2;
            } else if (block == 0x2c) {
                at += 10 + colours(gif.get(at + 9)) + 1;
            } else {
                return false;
            }
            int length = gif.get(at) & 0xff;
            while (length > 0) {
                at += 1 + length;
                length = gif.get(at) & 0xff;
            }
            at++;
        }
    }

    /** The bytes of the colour table that packed fields announce. */
    private static int colours(byte packed) {
        return (packed & 0x80) == 0 ? 0 : 3 << ((packed & 0x07) + 1);
    }
}
