package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads little-endian numbers and texts from a part of a file, one after the other. Nothing is allocated for a length
 * before that length was compared with what is left. Not thread-safe.
 */
final class BinaryInput {

    private static final int WINDOW = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final long end;
    private final ByteBuffer window =
            ByteBuffer.allocate(WINDOW).order(ByteOrder.LITTLE_ENDIAN).limit(0);

    /** Where the window's first byte is in the file. */
    private long windowStart;

    /** Reads {@code file}, open as {@code channel}, from {@code start} to {@code end}. */
    BinaryInput(Path file, FileChannel channel, long start, long end) {
        this.file = file;
        this.channel = channel;
        this.windowStart = start;
        this.end = end;
    }

    /** Where the next byte is, from the start of the file. */
    long position() {
        return windowStart + window.position();
    }

    /** How many bytes are left. */
    long remaining() {
        return end - position();
    }

    /** Passes over {@code count} bytes. */
    void skip(long count) {
        require(count);
        if (count <= window.remaining()) {
            window.position(window.position() + (int) count);
        } else {
            windowStart = position() + count;
            window.limit(0);
        }
    }

    /** The next byte, 0 to 255. */
    int unsignedByte() {
        return fill(1).get() & 0xff;
    }

    /** The next two bytes, 0 to 65535. */
    int unsignedShort() {
        return fill(2).getShort() & 0xffff;
    }

    /** The next four bytes. */
    int integer() {
        return fill(4).getInt();
    }

    /** The next four bytes, 0 to 2³² − 1. */
    long unsignedInteger() {
        return Integer.toUnsignedLong(integer());
    }

    /** The next eight bytes. */
    long longInteger() {
        return fill(8).getLong();
    }

    /** The next {@code length} bytes. */
    byte[] bytes(long length) {
        require(length);
        byte[] bytes = new byte[Math.toIntExact(length)];
        for (int done = 0; done < bytes.length; ) {
            int some = Math.min(bytes.length - done, WINDOW);
            fill(some).get(bytes, done, some);
            done += some;
        }
        return bytes;
    }

    /** The next {@code length} bytes as a text in UTF-8. */
    String text(long length) {
        long start = position();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(length)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelLoadException(file + ": the text at byte " + start + " must be UTF-8 but is not", e);
        }
    }

    /** Checks that {@code count} bytes are left. */
    void require(long count) {
        if (count < 0 || count > remaining()) {
            throw new ModelLoadException(file + " must have " + Long.toUnsignedString(count) + " bytes at byte "
                    + position() + " but ends after " + remaining() + ": the file is truncated or damaged");
        }
    }

    private ByteBuffer fill(int count) {
        if (window.remaining() < count) {
            require(count);
            windowStart = position();
            int length = (int) Math.min(WINDOW, end - windowStart);
            try {
                ByteBuffer read = SafetensorsFile.read(channel, windowStart, length);
                window.clear().put(read).flip();
            } catch (IOException e) {
                throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
            }
        }
        return window;
    }
}
