package dev.triptych.openai;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects a picture of unknown length in pieces, so that it is never copied while it grows. {@link #toByteArray()}
 * empties it piece by piece: at no time are there more than two copies. Not thread-safe.
 */
final class ByteChunks extends OutputStream {

    private static final int FIRST = 16 * 1024;
    private static final int LARGEST = 256 * 1024;

    private final long limit;
    private final List<byte[]> full = new ArrayList<>();
    private byte[] current = new byte[FIRST];
    private int used;
    private long length;

    /** A collector that refuses more than {@code limit} bytes. */
    ByteChunks(long limit) {
        this.limit = limit;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        length += count;
        if (length > limit) {
            throw new UnusablePictureException(tooLarge(limit));
        }
        int from = offset;
        int left = count;
        while (left > 0) {
            if (used == current.length) {
                full.add(current);
                current = new byte[Math.min(LARGEST, current.length * 2)];
                used = 0;
            }
            int step = Math.min(left, current.length - used);
            System.arraycopy(bytes, from, current, used, step);
            used += step;
            from += step;
            left -= step;
        }
    }

    /** The error of a picture of more than {@code limit} bytes. */
    static String tooLarge(long limit) {
        return "picture must be at most " + limit + " bytes (max-image-bytes) but is larger";
    }

    /** How many bytes were written. */
    long length() {
        return length;
    }

    /** What was written, once: the collector is empty afterwards. */
    byte[] toByteArray() {
        byte[] all = new byte[(int) length];
        int at = 0;
        for (int i = 0; i < full.size(); i++) {
            byte[] chunk = full.get(i);
            System.arraycopy(chunk, 0, all, at, chunk.length);
            at += chunk.length;
        }
        System.arraycopy(current, 0, all, at, used);
        full.clear();
        current = new byte[0];
        used = 0;
        length = 0;
        return all;
    }
}
