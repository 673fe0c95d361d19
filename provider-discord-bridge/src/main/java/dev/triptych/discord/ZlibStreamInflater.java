package dev.triptych.discord;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads the gateway's {@code zlib-stream}: one compression stream for the life of a connection, in which a message is
 * whole when the bytes end in {@code 00 00 ff ff}. Not thread-safe.
 */
final class ZlibStreamInflater implements AutoCloseable {

    private static final byte[] FLUSH = {0, 0, (byte) 0xff, (byte) 0xff};
    /** The largest READY of a bot in thousands of servers is far below this. */
    private static final int MOST_BYTES = 64 << 20;

    private final Inflater inflater = new Inflater();
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

    /**
     * Takes the next bytes; returns the message that they complete, if they do.
     *
     * @throws DataFormatException if the stream is broken; the connection is of no further use then
     */
    Optional<String> add(byte[] bytes) throws DataFormatException {
        pending.writeBytes(bytes);
        byte[] all = pending.toByteArray();
        if (!endsInFlush(all)) {
            return Optional.empty();
        }
        pending.reset();
        return Optional.of(inflate(all));
    }

    private String inflate(byte[] compressed) throws DataFormatException {
        ByteArrayOutputStream text = new ByteArrayOutputStream(compressed.length * 4);
        byte[] part = new byte[8192];
        inflater.setInput(compressed);
        int length;
        do {
            length = inflater.inflate(part);
            text.write(part, 0, length);
            if (text.size() > MOST_BYTES) {
                throw new DataFormatException("a gateway message must be at most " + MOST_BYTES + " bytes");
            }
        } while (length > 0);
        if (inflater.getRemaining() > 0) {
            throw new DataFormatException("zlib-stream must go on but ended in the middle of a message");
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    private static boolean endsInFlush(byte[] bytes) {
        if (bytes.length < FLUSH.length) {
            return false;
        }
        for (int i = 0; i < FLUSH.length; i++) {
            if (bytes[bytes.length - FLUSH.length + i] != FLUSH[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
