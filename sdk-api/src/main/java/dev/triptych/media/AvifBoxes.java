package dev.triptych.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads the boxes of an AVIF file as far as its size (ISO/IEC 14496-12 and 23008-12): {@code meta → iprp → ipco}, whose
 * largest {@code ispe} is the whole picture, since a picture made of tiles has one for each of them too.
 */
final class AvifBoxes {

    private static final int BOX_HEADER = 8;

    /** Version and flags at the beginning of a full box. */
    private static final int FULL_BOX = 4;

    private AvifBoxes() {}

    /** Whether {@code bytes} begin as an AVIF does. */
    static boolean begin(byte[] bytes) {
        if (bytes.length < 12 || !type(bytes, 4).equals("ftyp")) {
            return false;
        }
        int end = (int) Math.min(bytes.length, size(bytes, 0, bytes.length));
        for (int at = BOX_HEADER; at + 4 <= end; at += 4) {
            String brand = type(bytes, at);
            if (brand.equals("avif") || brand.equals("avis")) {
                return true;
            }
        }
        return false;
    }

    /**
     * What the header of {@code bytes} says.
     *
     * @throws IndexOutOfBoundsException if the file ends before its size
     */
    static ImageHeader header(byte[] bytes) {
        Span properties = find(bytes, new Span(0, bytes.length), "meta")
                .flatMap(meta -> find(bytes, new Span(meta.from + FULL_BOX, meta.to), "iprp"))
                .flatMap(iprp -> find(bytes, iprp, "ipco"))
                .orElseThrow(
                        () -> new IllegalArgumentException("AVIF must say its size in meta/iprp/ipco but does not"));
        ImageHeader largest = new ImageHeader("image/avif", 0, 0);
        for (int at = properties.from; at + BOX_HEADER <= properties.to; at += step(bytes, at, properties.to)) {
            if (type(bytes, at + 4).equals("ispe")) {
                ByteBuffer sizes = ByteBuffer.wrap(bytes);
                ImageHeader found = new ImageHeader(
                        "image/avif",
                        sizes.getInt(at + BOX_HEADER + FULL_BOX),
                        sizes.getInt(at + BOX_HEADER + FULL_BOX + 4));
                largest = found.pixels() > largest.pixels() ? found : largest;
            }
        }
        return largest;
    }

    /** Whether the last box ends within {@code bytes}. */
    static boolean areWhole(byte[] bytes) {
        int at = 0;
        while (at + BOX_HEADER <= bytes.length) {
            long size = size(bytes, at, bytes.length);
            if (at + size > bytes.length) {
                return false;
            }
            at += (int) size;
        }
        return at == bytes.length
                && find(bytes, new Span(0, bytes.length), "mdat").isPresent();
    }

    /** Part of the file: from its first byte to the one after its last. */
    private record Span(int from, int to) {}

    /** The content of the first box {@code wanted} within {@code in}. */
    private static Optional<Span> find(byte[] bytes, Span in, String wanted) {
        for (int at = in.from; at + BOX_HEADER <= in.to; at += step(bytes, at, in.to)) {
            if (type(bytes, at + 4).equals(wanted)) {
                return Optional.of(new Span(at + BOX_HEADER, at + step(bytes, at, in.to)));
            }
        }
        return Optional.empty();
    }

    private static int step(byte[] bytes, int at, int end) {
        return (int) Math.min(end - at, size(bytes, at, end));
    }

    /** The length of the box at {@code at}: 0 means to the end, 1 that eight more bytes say it. */
    private static long size(byte[] bytes, int at, int end) {
        ByteBuffer numbers = ByteBuffer.wrap(bytes);
        long size = numbers.getInt(at) & 0xffff_ffffL;
        if (size == 0) {
            return (long) end - at;
        }
        if (size == 1 && at + 2 * BOX_HEADER <= end) {
            size = numbers.getLong(at + BOX_HEADER);
        }
        if (size < BOX_HEADER) {
            throw new IllegalArgumentException("AVIF must be made of boxes of at least 8 bytes but one says " + size);
        }
        return size;
    }

    private static String type(byte[] bytes, int at) {
        return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
    }
}
