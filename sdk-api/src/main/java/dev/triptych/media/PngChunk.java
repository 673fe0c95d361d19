package dev.triptych.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/** One chunk of a PNG as it stands in the file: length, type, data, checksum (PNG, third edition, section 5.3). */
final class PngChunk {

    static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    /** Length and type before the data, checksum after it. */
    private static final int FRAME = 12;

    private final String type;
    private final byte[] file;
    private final int start;
    private final int length;

    private PngChunk(String type, byte[] file, int start, int length) {
        this.type = type;
        this.file = file;
        this.start = start;
        this.length = length;
    }

    /**
     * The chunks of {@code png}, the first one IHDR and the last one IEND. What follows IEND is not looked at.
     *
     * @throws IllegalArgumentException if the bytes are no PNG, are cut, or a checksum does not fit
     */
    static List<PngChunk> all(byte[] png) {
        if (png.length < SIGNATURE.length || !Arrays.equals(png, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
            throw new IllegalArgumentException("picture must be a PNG but its first bytes are of another format");
        }
        List<PngChunk> chunks = new ArrayList<>();
        int at = SIGNATURE.length;
        PngChunk chunk;
        do {
            chunk = read(png, at);
            if (chunks.isEmpty() && !chunk.type.equals("IHDR")) {
                throw new IllegalArgumentException("PNG must begin with an IHDR chunk but begins with " + chunk.type);
            }
            chunks.add(chunk);
            at += FRAME + chunk.length;
        } while (!chunk.type.equals("IEND"));
        return chunks;
    }

    private static PngChunk read(byte[] png, int at) {
        if (png.length - at < FRAME) {
            throw cut(png, at);
        }
        ByteBuffer buffer = ByteBuffer.wrap(png);
        int length = buffer.getInt(at);
        String type = new String(png, at + 4, 4, StandardCharsets.ISO_8859_1);
        if (!type.chars().allMatch(c -> (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
            throw new IllegalArgumentException("PNG must have a chunk of four letters at byte " + at + " but has none");
        }
        if (length < 0 || length > png.length - at - FRAME) {
            throw cut(png, at);
        }
        if (buffer.getInt(at + 8 + length) != checksum(png, at + 4, 4 + length)) {
            throw new IllegalArgumentException("PNG chunk " + type + " at byte " + at + " has a wrong checksum");
        }
        return new PngChunk(type, png, at, length);
    }

    private static IllegalArgumentException cut(byte[] png, int at) {
        return new IllegalArgumentException(
                "PNG must end with an IEND chunk but ends after " + png.length + " bytes, in the chunk at byte " + at);
    }

    /** A new chunk. */
    static PngChunk of(String type, byte[] data) {
        ByteBuffer chunk = ByteBuffer.allocate(FRAME + data.length);
        chunk.putInt(data.length);
        chunk.put(type.getBytes(StandardCharsets.ISO_8859_1));
        chunk.put(data);
        chunk.putInt(checksum(chunk.array(), 4, 4 + data.length));
        return new PngChunk(type, chunk.array(), 0, data.length);
    }

    /** A PNG of {@code chunks}. */
    static byte[] join(List<PngChunk> chunks) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(SIGNATURE);
        for (PngChunk chunk : chunks) {
            png.write(chunk.file, chunk.start, FRAME + chunk.length);
        }
        return png.toByteArray();
    }

    private static int checksum(byte[] bytes, int from, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    /** Four letters, such as {@code "IDAT"}. */
    String type() {
        return type;
    }

    /** A copy of the data. */
    byte[] data() {
        return Arrays.copyOfRange(file, start + 8, start + 8 + length);
    }
}
