package dev.triptych.media;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A marker segment before the first scan of a JPEG (ITU-T T.81, B.1.1.4).
 *
 * @param marker the byte after 0xFF, such as 0xE1 for APP1
 * @param start where its 0xFF is
 * @param content what is behind its length
 */
record JpegSegment(int marker, int start, ByteBuffer content) {

    static final int APP0 = 0xe0;
    static final int APP1 = 0xe1;
    static final int APP11 = 0xeb;
    private static final int START_OF_SCAN = 0xda;

    /** The segments of {@code jpeg} in order, up to the scan. One that is cut off, and what follows it, is left out. */
    static List<JpegSegment> all(byte[] jpeg) {
        List<JpegSegment> segments = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(jpeg);
        int at = 2;
        while (at + 4 <= jpeg.length && (jpeg[at] & 0xff) == 0xff) {
            int marker = jpeg[at + 1] & 0xff;
            if (marker == 0xff) {
                at++; // a fill byte
                continue;
            }
            if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
                at += 2;
                continue;
            }
            int length = bytes.getShort(at + 2) & 0xffff;
            if (marker == START_OF_SCAN || length < 2 || at + 2 + length > jpeg.length) {
                break;
            }
            segments.add(new JpegSegment(marker, at, bytes.slice(at + 4, length - 2)));
            at += 2 + length;
        }
        return segments;
    }

    /** Where the byte behind it is. */
    int end() {
        return start + 4 + content.limit();
    }

    /** Whether its content begins with {@code prefix}. */
    boolean begins(byte[] prefix) {
        return content.limit() >= prefix.length
                && content.slice(0, prefix.length).equals(ByteBuffer.wrap(prefix));
    }

    /** What is behind the first {@code count} bytes of its content. */
    byte[] from(int count) {
        byte[] rest = new byte[content.limit() - count];
        content.get(count, rest);
        return rest;
    }
}
