package dev.triptych.media;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the first bytes of an encoded picture say, without decoding it: enough to refuse a decompression bomb before it
 * goes off.
 *
 * @param mediaType {@code "image/png"}, {@code "image/jpeg"}, {@code "image/webp"}, {@code "image/gif"},
 *     {@code "image/bmp"} or {@code "image/avif"}
 * @param width pixels from left to right
 * @param height pixels from top to bottom
 */
public record ImageHeader(String mediaType, int width, int height) {

    /**
     * Reads the header of {@code bytes}.
     *
     * @throws IllegalArgumentException if {@code bytes} begin like no known format, or end before the size
     */
    public static ImageHeader read(byte[] bytes) {
        ImageHeader header;
        try {
            header = sniff(bytes);
        } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
            throw new IllegalArgumentException("picture ends within its header, after " + bytes.length + " bytes", e);
        }
        if (header.width < 1 || header.height < 1) {
            throw new IllegalArgumentException(
                    "picture must be at least 1x1 but its header says " + header.width + "x" + header.height);
        }
        return header;
    }

    private static ImageHeader sniff(byte[] bytes) {
        if (startsWith(bytes, PngChunk.SIGNATURE)) {
            ByteBuffer png = ByteBuffer.wrap(bytes);
            if (bytes.length >= 16 && !ascii(bytes, 12, "IHDR")) {
                throw new IllegalArgumentException(
                        "picture must begin with an IHDR chunk, as every PNG does, but does not");
            }
            return new ImageHeader("image/png", png.getInt(16), png.getInt(20));
        }
        if (bytes.length > 2 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8) {
            return jpeg(ByteBuffer.wrap(bytes));
        }
        ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (ascii(bytes, 0, "RIFF") && ascii(bytes, 8, "WEBP")) {
            return webp(bytes, little);
        }
        if (ascii(bytes, 0, "GIF87a") || ascii(bytes, 0, "GIF89a")) {
            return new ImageHeader("image/gif", little.getShort(6) & 0xffff, little.getShort(8) & 0xffff);
        }
        if (ascii(bytes, 0, "BM")) {
            return bmp(little);
        }
        if (AvifBoxes.begin(bytes)) {
            return AvifBoxes.header(bytes);
        }
        throw new IllegalArgumentException(
                "picture must be PNG, JPEG, WebP, GIF, BMP or AVIF but its first bytes are of another format");
    }

    /** JPEG: walks the segments up to the first start-of-frame (ITU-T T.81, B.2.2). */
    private static ImageHeader jpeg(ByteBuffer jpeg) {
        int at = 2;
        while (true) {
            while ((jpeg.get(at) & 0xff) != 0xff) {
                at++;
            }
            while ((jpeg.get(at) & 0xff) == 0xff) {
                at++;
            }
            int marker = jpeg.get(at) & 0xff;
            at++;
            if (isStartOfFrame(marker)) {
                return new ImageHeader("image/jpeg", jpeg.getShort(at + 5) & 0xffff, jpeg.getShort(at + 3) & 0xffff);
            }
            if (marker != 0x01 && (marker < 0xd0 || marker > 0xd9)) {
                at += jpeg.getShort(at) & 0xffff;
            }
        }
    }

    static boolean isStartOfFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    /** WebP: lossy, lossless or extended (RFC 9649, section 2). */
    private static ImageHeader webp(byte[] bytes, ByteBuffer little) {
        if (ascii(bytes, 12, "VP8X")) {
            return new ImageHeader("image/webp", 1 + uint24(little, 24), 1 + uint24(little, 27));
        }
        if (ascii(bytes, 12, "VP8L")) {
            int packed = little.getInt(21);
            return new ImageHeader("image/webp", 1 + (packed & 0x3fff), 1 + ((packed >>> 14) & 0x3fff));
        }
        if (bytes.length >= 16 && !ascii(bytes, 12, "VP8 ")) {
            throw new IllegalArgumentException("WebP must begin with a VP8, VP8L or VP8X chunk but does not");
        }
        return new ImageHeader("image/webp", little.getShort(26) & 0x3fff, little.getShort(28) & 0x3fff);
    }

    /** BMP: the old header of 12 bytes has short edges; in the others a negative height means rows from the top. */
    private static ImageHeader bmp(ByteBuffer little) {
        if (little.getInt(14) == 12) {
            return new ImageHeader("image/bmp", little.getShort(18) & 0xffff, little.getShort(20) & 0xffff);
        }
        return new ImageHeader("image/bmp", little.getInt(18), Math.abs(little.getInt(22)));
    }

    private static int uint24(ByteBuffer little, int at) {
        return (little.get(at) & 0xff) | (little.get(at + 1) & 0xff) << 8 | (little.get(at + 2) & 0xff) << 16;
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        if (bytes.length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean ascii(byte[] bytes, int at, String text) {
        return bytes.length >= at + text.length()
                && new String(bytes, at, text.length(), StandardCharsets.ISO_8859_1).equals(text);
    }

    /** Width × height. */
    public long pixels() {
        return (long) width * height;
    }

    /** The usual ending of a file of this type, without the dot. */
    public String fileExtension() {
        String subtype = mediaType.substring("image/".length());
        return subtype.equals("jpeg") ? "jpg" : subtype;
    }

    @Override
    public String toString() {
        return mediaType + " " + width + "x" + height;
    }
}
