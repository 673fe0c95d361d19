package dev.triptych.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** XMP in WebP: a chunk of the extended format, whose header announces it (RFC 9649, section 2.7). */
final class WebpXmp {

    private static final String EXTENDED = "VP8X";
    private static final String XMP = "XMP ";
    private static final int EXTENDED_BYTES = 10;
    private static final int XMP_FLAG = 0x04;
    private static final int ALPHA_FLAG = 0x10;

    /** In a lossless picture's header behind its signature and 28 bits of size (RFC 9649, section 3.4). */
    private static final int LOSSLESS_ALPHA = 1 << 28;

    private WebpXmp() {}

    /** The packet in {@code webp}; {@code ""} = none. */
    static String packet(byte[] webp) {
        return chunk(WebpChunk.all(webp)).map(WebpXmp::text).orElse("");
    }

    private static Optional<WebpChunk> chunk(List<WebpChunk> chunks) {
        return chunks.stream().filter(each -> each.type().equals(XMP)).findFirst();
    }

    private static String text(WebpChunk chunk) {
        return new String(chunk.bytes(), StandardCharsets.UTF_8);
    }

    /** {@code webp} with {@code type}; as it is where that cannot be put in. */
    static byte[] mark(byte[] webp, DigitalSourceType type) {
        List<WebpChunk> chunks = new ArrayList<>(WebpChunk.all(webp));
        Optional<WebpChunk> old = chunk(chunks);
        String packet = old.map(each -> XmpPacket.joined(text(each), type)).orElseGet(() -> XmpPacket.of(type));
        if (packet.isEmpty() || chunks.isEmpty()) {
            return webp;
        }
        old.ifPresent(chunks::remove);
        if (chunks.get(0).type().equals(EXTENDED)) {
            byte[] header = chunks.get(0).bytes();
            header[0] |= XMP_FLAG;
            chunks.set(0, WebpChunk.of(EXTENDED, header));
        } else {
            chunks.add(0, WebpChunk.of(EXTENDED, header(webp, chunks.get(0))));
        }
        chunks.add(WebpChunk.of(XMP, XmpPacket.bytes(packet)));
        return WebpChunk.join(chunks);
    }

    /** Flags, three reserved bytes, width and height less one in 24 bits each. */
    private static byte[] header(byte[] webp, WebpChunk picture) {
        ImageHeader size = ImageHeader.read(webp);
        boolean alpha = picture.type().equals("VP8L")
                && picture.content().limit() >= 5
                && (picture.content().order(ByteOrder.LITTLE_ENDIAN).getInt(1) & LOSSLESS_ALPHA) != 0;
        ByteBuffer header = ByteBuffer.allocate(EXTENDED_BYTES);
        header.put((byte) (XMP_FLAG | (alpha ? ALPHA_FLAG : 0))).put(new byte[3]);
        for (int less : new int[] {size.width() - 1, size.height() - 1}) {
            header.put((byte) less).put((byte) (less >> 8)).put((byte) (less >> 16));
        }
        return header.array();
    }
}
