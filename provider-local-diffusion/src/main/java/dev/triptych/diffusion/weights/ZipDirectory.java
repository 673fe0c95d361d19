package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the entries of a zip archive lie in it. {@code java.util.zip} does not tell: it is for reading copies, and this
 * is for mapping. Only entries that are stored as they are, uncompressed and in the open, can be mapped.
 *
 * <p>Reference: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to
 * 4.3.16 (its end, and ZIP64's), 4.5.3 (ZIP64's extra field).
 */
final class ZipDirectory {

    /**
     * An entry.
     *
     * @param name its name, with its folders
     * @param method how it is compressed; 0 for not at all
     * @param flags the general-purpose flags
     * @param length its length in the archive, in bytes
     * @param plainLength its length unpacked
     * @param header where its local header begins
     */
    record Entry(String name, int method, int flags, long length, long plainLength, long header) {}

    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;

    private static final int END_BYTES = 22;
    private static final int LOCATOR_BYTES = 20;
    private static final int LOCAL_BYTES = 30;
    private static final int MAX_COMMENT = 0xFFFF;
    private static final int MAX_ENTRIES = 1 << 16;
    private static final long MAX_DIRECTORY = 64L << 20;
    private static final int ENCRYPTED = 1;
    private static final long IN_EXTRA = 0xFFFFFFFFL;

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private ZipDirectory(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Reads the directory.
     *
     * @throws ModelLoadException if it is damaged, or lists one name twice
     */
    static ZipDirectory read(Path file, FileChannel channel) throws IOException {
        ZipDirectory directory = new ZipDirectory(file, channel);
        directory.read();
        return directory;
    }

    /** All entries by name. */
    Map<String, Entry> entries() {
        return entries;
    }

    private void read() throws IOException {
        long end = findEnd();
        ByteBuffer record = at(end, END_BYTES);
        long count = record.getShort(10) & 0xFFFF;
        long length = record.getInt(12) & IN_EXTRA;
        long start = record.getInt(16) & IN_EXTRA;
        if (count == 0xFFFF || length == IN_EXTRA || start == IN_EXTRA) {
            ByteBuffer large = end64(end);
            count = large.getLong(32);
            length = large.getLong(40);
            start = large.getLong(48);
        }
        if (count < 0 || count > MAX_ENTRIES || length < 0 || length > MAX_DIRECTORY) {
            throw bad("must have at most " + MAX_ENTRIES + " entries but has " + Long.toUnsignedString(count));
        }
        ByteBuffer directory = at(start, (int) length);
        for (long i = 0; i < count; i++) {
            Entry entry = entry(directory);
            if (entries.put(entry.name(), entry) != null) {
                throw bad("must have each entry once but has one twice: " + entry.name());
            }
        }
    }

    /** The record at the end, before a comment. */
    private long findEnd() throws IOException {
        long size = channel.size();
        int length = (int) Math.min(size, END_BYTES + MAX_COMMENT);
        ByteBuffer tail = at(size - length, length);
        for (int at = length - END_BYTES; at >= 0; at--) {
            if (tail.getInt(at) == END && at + END_BYTES + (tail.getShort(at + 20) & 0xFFFF) == length) {
                return size - length + at;
            }
        }
        throw bad("must end with a directory but does not: the download is incomplete, or the file is truncated");
    }

    private ByteBuffer end64(long end) throws IOException {
        ByteBuffer locator = at(end - LOCATOR_BYTES, LOCATOR_BYTES);
        if (locator.getInt(0) != LOCATOR_64) {
            throw bad("must say where its long directory is but does not");
        }
        ByteBuffer large = at(locator.getLong(8), 56);
        if (large.getInt(0) != END_64) {
            throw bad("must have a long directory where it says but has none");
        }
        return large;
    }

    private Entry entry(ByteBuffer in) {
        if (in.remaining() < 46 || in.getInt(in.position()) != CENTRAL) {
            throw bad("must have a directory of " + entries.size() + " entries and more but it ends there");
        }
        int at = in.position();
        int flags = in.getShort(at + 8) & 0xFFFF;
        int method = in.getShort(at + 10) & 0xFFFF;
        int nameLength = in.getShort(at + 28) & 0xFFFF;
        int extraLength = in.getShort(at + 30) & 0xFFFF;
        int commentLength = in.getShort(at + 32) & 0xFFFF;
        if (in.remaining() < 46 + nameLength + extraLength + commentLength) {
            throw bad("must have names inside its directory but one ends outside");
        }
        String name = new String(in.array(), in.arrayOffset() + at + 46, nameLength, StandardCharsets.UTF_8);
        ByteBuffer extra = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        extra.position(at + 46 + nameLength).limit(at + 46 + nameLength + extraLength);
        long[] sizes = {in.getInt(at + 24) & IN_EXTRA, in.getInt(at + 20) & IN_EXTRA, in.getInt(at + 42) & IN_EXTRA};
        readExtra(extra, sizes);
        in.position(at + 46 + nameLength + extraLength + commentLength);
        return new Entry(name, method, flags, sizes[1], sizes[0], sizes[2]);
    }

    /** Takes what did not fit into 32 bits from ZIP64's extra field: plain length, length, header, in this order. */
    private static void readExtra(ByteBuffer extra, long[] sizes) {
        while (extra.remaining() >= 4) {
            int id = extra.getShort() & 0xFFFF;
            int length = Math.min(extra.getShort() & 0xFFFF, extra.remaining());
            int next = extra.position() + length;
            for (int i = 0; id == 1 && i < sizes.length; i++) {
                if (sizes[i] == IN_EXTRA && next - extra.position() >= 8) {
                    sizes[i] = extra.getLong();
                }
            }
            extra.position(next);
        }
    }

    /**
     * Where the bytes of {@code entry} begin in the file, which are the entry as it is.
     *
     * @throws ModelLoadException if it is compressed or encrypted, or does not lie inside the file
     */
    long start(Entry entry) throws IOException {
        if (entry.method() != 0 || (entry.flags() & ENCRYPTED) != 0 || entry.length() != entry.plainLength()) {
            throw bad("must store " + entry.name() + " as it is but "
                    + ((entry.flags() & ENCRYPTED) != 0 ? "encrypts it" : "compresses it, method " + entry.method()));
        }
        ByteBuffer header = at(entry.header(), LOCAL_BYTES);
        if (header.getInt(0) != LOCAL) {
            throw bad("must have " + entry.name() + " at byte " + entry.header() + " but has not");
        }
        long start = entry.header() + LOCAL_BYTES + (header.getShort(26) & 0xFFFF) + (header.getShort(28) & 0xFFFF);
        if (entry.length() < 0 || entry.length() > channel.size() - start) {
            throw bad("must have " + Long.toUnsignedString(entry.length()) + " bytes of " + entry.name() + " at byte "
                    + start + " but has " + channel.size() + " in all");
        }
        return start;
    }

    private ByteBuffer at(long position, int length) throws IOException {
        if (position < 0 || position > channel.size() - length) {
            throw bad("must have " + length + " bytes at byte " + Long.toUnsignedString(position) + " but has "
                    + channel.size() + " in all: the file is truncated or damaged");
        }
        return SafetensorsFile.read(channel, position, length);
    }

    private ModelLoadException bad(String message) {
        return new ModelLoadException(file + ": the zip archive " + message);
    }
}
