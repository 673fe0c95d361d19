package dev.triptych.cache;

import dev.triptych.internal.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an entry is without its pictures: lines of ASCII (format, checksum of the rest, key, number of pictures, and for
 * each its SHA-256 and length), then what is known about the pictures, as UTF-8. A head that was altered anywhere does
 * not parse.
 *
 * @param key whose entry it is
 * @param blobs the pictures, in order
 * @param metadata what is known about them
 */
record EntryHead(CacheKey key, List<BlobName> blobs, String metadata) {

    private static final String FORMAT = "triptych-cache-1\n";

    /** The most pictures that a head may name; more is damage. */
    private static final int MAX_BLOBS = 1000;

    EntryHead {
        blobs = List.copyOf(blobs);
    }

    /** A picture by its content: its SHA-256 and its length in bytes. */
    record BlobName(String sha256, long length) {}

    byte[] toBytes() {
        StringBuilder lines = new StringBuilder();
        lines.append(key.hex()).append('\n').append(blobs.size()).append('\n');
        for (BlobName blob : blobs) {
            lines.append(blob.sha256()).append(' ').append(blob.length()).append('\n');
        }
        byte[] rest = lines.append(metadata).toString().getBytes(StandardCharsets.UTF_8);
        byte[] start = (FORMAT + Sha256.hex(rest) + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] both = new byte[start.length + rest.length];
        System.arraycopy(start, 0, both, 0, start.length);
        System.arraycopy(rest, 0, both, start.length, rest.length);
        return both;
    }

    /** The head that {@code bytes} hold; empty if they are torn, were altered or hold something else. */
    static Optional<EntryHead> parse(byte[] bytes) {
        try {
            return parseChecked(bytes);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    private static Optional<EntryHead> parseChecked(byte[] bytes) {
        Lines lines = new Lines(bytes);
        if (!FORMAT.equals(lines.next() + "\n")) {
            return Optional.empty();
        }
        String checksum = lines.next();
        if (!checksum.equals(Sha256.hex(bytes, lines.at, bytes.length - lines.at))) {
            return Optional.empty();
        }
        CacheKey key = new CacheKey(lines.next());
        int count = Integer.parseInt(lines.next());
        if (count < 1 || count > MAX_BLOBS) {
            return Optional.empty();
        }
        List<BlobName> blobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String line = lines.next();
            blobs.add(new BlobName(
                    line.substring(0, Sha256.HEX_LENGTH), Long.parseLong(line.substring(Sha256.HEX_LENGTH + 1))));
        }
        String metadata = new String(bytes, lines.at, bytes.length - lines.at, StandardCharsets.UTF_8);
        return Optional.of(new EntryHead(key, blobs, metadata));
    }

    /** Reads one line after the other; {@code at} is where the next begins. */
    private static final class Lines {
        private final byte[] bytes;
        private int at;

        private Lines(byte[] bytes) {
            this.bytes = bytes;
        }

        /** The next line without its end; what is left where no line ends. */
        private String next() {
            int start = at;
            while (at < bytes.length && bytes[at] != '\n') {
                at++;
            }
            String line = new String(bytes, start, at - start, StandardCharsets.US_ASCII);
            at = Math.min(at + 1, bytes.length);
            return line;
        }
    }
}
