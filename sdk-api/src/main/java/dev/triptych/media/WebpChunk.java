package dev.triptych.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A chunk of a WebP file: four characters, length, content, and a byte of padding where the length is odd (RFC 9649,
 * section 2.3).
 *
 * @param type four characters, such as {@code "VP8X"}
 * @param content what it holds
 */
record WebpChunk(String type, ByteBuffer content) {

    private static final int RIFF_HEADER = 12;
    private static final int HEADER = 8;

    /** The chunks of {@code webp} in order. One that is cut off, and what follows it, is left out. */
    static List<WebpChunk> all(byte[] webp) {
        List<WebpChunk> chunks = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
        long at = RIFF_HEADER;
        while (at + HEADER <= webp.length) {
            long length = bytes.getInt((int) at + 4) & 0xffff_ffffL;
            if (at + HEADER + length > webp.length) {
                break;
            }
            chunks.add(new WebpChunk(
                    new String(webp, (int) at, 4, StandardCharsets.ISO_8859_1),
                    bytes.slice((int) at + HEADER, (int) length)));
            at += HEADER + length + (length & 1);
        }
        return chunks;
    }

    /** A new chunk. */
    static WebpChunk of(String type, byte[] content) {
        return new WebpChunk(type, ByteBuffer.wrap(content));
    }

    /** A file of {@code chunks}. */
    static byte[] join(List<WebpChunk> chunks) {
        int size = RIFF_HEADER + chunks.stream().mapToInt(WebpChunk::size).sum();
        ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes(StandardCharsets.US_ASCII));
        file.putInt(size - HEADER);
        file.put("WEBP".getBytes(StandardCharsets.US_ASCII));
        for (WebpChunk chunk : chunks) {
            file.put(chunk.type.getBytes(StandardCharsets.ISO_8859_1));
            file.putInt(chunk.content.limit());
            file.put(chunk.content.duplicate().rewind());
            if ((chunk.content.limit() & 1) == 1) {
                file.put((byte) 0);
            }
        }
        return file.array();
    }

    private int size() {
        return HEADER + content.limit() + (content.limit() & 1);
    }

    /** A copy of the content. */
    byte[] bytes() {
        byte[] copy = new byte[content.limit()];
        content.get(0, copy);
        return copy;
    }
}
