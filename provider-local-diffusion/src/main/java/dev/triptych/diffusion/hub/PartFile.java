package dev.triptych.diffusion.hub;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A file that is being downloaded in pieces, and beside it what of each piece is there:
 * {@code ETAG.triptych.incomplete} and {@code ETAG.triptych.ranges}. Whoever dies between any two steps leaves a file
 * that another process goes on with: bytes are written before they are counted.
 *
 * <p>Different pieces may be written on different threads; one piece on one thread at a time. Huggingface_hub's own
 * {@code .incomplete} files are left alone: since 2.x they belong to one process each.
 */
final class PartFile implements Closeable {

    /** Bytes of a piece; a larger file is fetched in several at the same time. */
    static final long PIECE = 32L << 20;

    /** The header of the ranges: a line of text, filled up with blanks. */
    private static final int HEADER = 256;

    private final Path file;
    private final Path ranges;
    private final String etag;
    private final long size;
    private final FileChannel content;
    private final FileChannel counters;

    // Replaced by restart alone, while nobody writes.
    private long piece;
    private AtomicLongArray done;

    private PartFile(Path file, Path ranges, String etag, long size, long piece) throws IOException {
        this.file = file;
        this.ranges = ranges;
        this.etag = etag;
        this.size = size;
        this.piece = piece;
        this.done = new AtomicLongArray(pieces(size, piece));
        this.content = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            this.counters = FileChannel.open(
                    ranges, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            content.close();
            throw e;
        }
    }

    /**
     * Opens the part of {@code etag} in {@code folder}, with what an earlier process left of it.
     *
     * @param size bytes of the whole; -1 where nobody knows
     * @param piece bytes of a piece
     * @param mark distinguishes the part of one process where several may not share one; {@code ""} = shared
     */
    static PartFile open(Path folder, String etag, long size, long piece, String mark) throws DiskException {
        String name = etag + mark + ".triptych";
        long whole = size < 0 ? Long.MAX_VALUE : piece;
        try {
            PartFile part = new PartFile(
                    folder.resolve(name + ".incomplete"), folder.resolve(name + ".ranges"), etag, size, whole);
            try {
                if (!part.readCounters()) {
                    part.restart(whole);
                }
                return part;
            } catch (IOException | RuntimeException e) {
                part.close();
                throw e;
            }
        } catch (DiskException e) {
            throw e;
        } catch (IOException e) {
            throw new DiskException(e);
        }
    }

    private static int pieces(long size, long piece) {
        return size < 0 ? 1 : (int) Math.max(1, (size + piece - 1) / piece);
    }

    /** Whether the counters are of this file and what they count can be there. */
    private boolean readCounters() throws IOException {
        ByteBuffer read = ByteBuffer.allocate(HEADER + Long.BYTES * done.length());
        while (read.hasRemaining() && counters.read(read, read.position()) > 0) {
            // goes on until all is read
        }
        boolean whole = !read.hasRemaining() && counters.size() == read.capacity();
        if (!whole || size < 0 || !Arrays.equals(header(), Arrays.copyOf(read.array(), HEADER))) {
            return false;
        }
        read.flip().position(HEADER);
        long end = 0;
        for (int i = 0; i < done.length(); i++) {
            long count = read.getLong();
            if (count < 0 || count > length(i)) {
                return false;
            }
            done.set(i, count);
            end = count > 0 ? start(i) + count : end;
        }
        return content.size() >= end && content.size() <= size;
    }

    private byte[] header() {
        String line = "triptych-part 1 " + etag + " " + size + " " + piece;
        return (line + " ".repeat(Math.max(0, HEADER - 1 - line.length())) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Forgets everything that is there, and goes on in pieces of {@code newPiece} bytes. Nobody may be writing. */
    void restart(long newPiece) throws DiskException {
        piece = newPiece;
        done = new AtomicLongArray(pieces(size, newPiece));
        ByteBuffer fresh = ByteBuffer.allocate(HEADER + Long.BYTES * done.length());
        fresh.put(header()).rewind();
        try {
            counters.truncate(0); // first, so that nothing counts what is not there
            content.truncate(0);
            writeFully(counters, fresh, 0);
        } catch (IOException e) {
            throw new DiskException(e);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Appends {@code buffers} to what is there of the piece {@code index}; what would not fit into it is an error. */
    void write(int index, List<ByteBuffer> buffers) throws DiskException {
        for (ByteBuffer buffer : buffers) {
            int count = buffer.remaining();
            try {
                writeFully(content, buffer, start(index) + done.get(index));
                long now = done.addAndGet(index, count);
                writeFully(
                        counters, ByteBuffer.allocate(Long.BYTES).putLong(0, now), HEADER + (long) Long.BYTES * index);
            } catch (IOException e) {
                throw new DiskException(e);
            }
        }
    }

    /** A failure of this machine's disk, which no other server would help. */
    static final class DiskException extends IOException {
        DiskException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Bytes of the whole file; -1 where nobody knows. */
    long size() {
        return size;
    }

    int pieces() {
        return done.length();
    }

    /** Where the piece begins in the file. */
    long start(int index) {
        return index * piece;
    }

    /** Bytes of the piece. */
    long length(int index) {
        return size < 0 ? Long.MAX_VALUE : Math.min(piece, size - start(index));
    }

    /** Bytes of the piece that are there. */
    long done(int index) {
        return done.get(index);
    }

    /** Bytes of all pieces that are there. */
    long doneBytes() {
        long sum = 0;
        for (int i = 0; i < done.length(); i++) {
            sum += done.get(i);
        }
        return sum;
    }

    /** Whether all is there. Never true where nobody knows the size. */
    boolean isWhole() {
        return doneBytes() == size;
    }

    /** The file that grows. */
    Path file() {
        return file;
    }

    /** Forces the content to disk. */
    void force() throws DiskException {
        try {
            content.force(true);
        } catch (IOException e) {
            throw new DiskException(e);
        }
    }

    /** Removes the counters, when the file has been moved to its place. */
    void forgetCounters() throws IOException {
        Files.deleteIfExists(ranges);
    }

    /** Removes both. */
    void delete() throws IOException {
        Files.deleteIfExists(ranges);
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        try {
            content.close();
        } finally {
            counters.close();
        }
    }
}
