package dev.triptych.media;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** XMP in JPEG: a segment APP1 behind the name of its namespace (XMP specification part 3, section 1.1.3). */
final class JpegXmp {

    private static final byte[] NAME = "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII);

    /** A segment's length counts its own two bytes. */
    private static final int MOST = 0xffff - 2;

    private JpegXmp() {}

    /** The packet in {@code jpeg}; {@code ""} = none. */
    static String packet(byte[] jpeg) {
        return segment(JpegSegment.all(jpeg)).map(JpegXmp::text).orElse("");
    }

    private static Optional<JpegSegment> segment(List<JpegSegment> segments) {
        return segments.stream()
                .filter(each -> each.marker() == JpegSegment.APP1 && each.begins(NAME))
                .findFirst();
    }

    private static String text(JpegSegment segment) {
        return new String(segment.from(NAME.length), StandardCharsets.UTF_8);
    }

    /** {@code jpeg} with {@code type}; as it is where that cannot be put in. */
    static byte[] mark(byte[] jpeg, DigitalSourceType type) {
        List<JpegSegment> segments = JpegSegment.all(jpeg);
        Optional<JpegSegment> old = segment(segments);
        String packet = old.map(each -> XmpPacket.joined(text(each), type)).orElseGet(() -> XmpPacket.of(type));
        byte[] content = XmpPacket.bytes(packet);
        if (content.length == 0 || NAME.length + content.length > MOST) {
            return jpeg;
        }
        int from = old.map(JpegSegment::start).orElseGet(() -> behindTheFirst(segments));
        int to = old.map(JpegSegment::end).orElse(from);
        ByteArrayOutputStream marked = new ByteArrayOutputStream(jpeg.length + content.length + 64);
        marked.write(jpeg, 0, from);
        int length = 2 + NAME.length + content.length;
        marked.writeBytes(new byte[] {(byte) 0xff, (byte) JpegSegment.APP1, (byte) (length >> 8), (byte) length});
        marked.writeBytes(NAME);
        marked.writeBytes(content);
        marked.write(jpeg, to, jpeg.length - to);
        return marked.toByteArray();
    }

    /** JFIF and EXIF want to be first, one behind the other. */
    private static int behindTheFirst(List<JpegSegment> segments) {
        int at = 2;
        for (JpegSegment segment : segments) {
            boolean first = segment.marker() == JpegSegment.APP0 || segment.marker() == JpegSegment.APP1;
            if (!first || segment.start() != at) {
                break;
            }
            at = segment.end();
        }
        return at;
    }
}
