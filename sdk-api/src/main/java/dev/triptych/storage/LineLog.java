package dev.triptych.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A file of JSON lines that only grows. Each line is forced to disk before {@link #append} returns, and left to the
 * system by {@link #appendUnforced}; a line that a dying process left half written is closed off by the next append and
 * skipped by readers. Several processes may share the file. Thread-safe.
 */
public final class LineLog {

    private static final System.Logger LOG = System.getLogger(LineLog.class.getName());

    private final Path file;
    private final DurableFiles files;
    private final FileMutex mutex;

    /** The log in {@code file}, which need not exist yet. Its lock is the file beside it that ends in {@code .lock}. */
    public LineLog(Path file, DurableFiles files) {
        this.file = file;
        this.files = files;
        this.mutex = FileMutex.at(file.resolveSibling(file.getFileName() + ".lock"));
    }

    /**
     * Whole lines of a log.
     *
     * @param lines the values of each line, as texts
     * @param end where to read on: the byte after the last whole line
     * @param damaged lines that could not be read and were skipped
     */
    public record Lines(List<Map<String, String>> lines, long end, int damaged) {}

    /** Uses the values of one line, or says by an exception that they are not what this log holds. */
    @FunctionalInterface
    public interface LineReader {
        /** Uses {@code values} as a whole, or throws and leaves everything as it was. */
        void read(Map<String, String> values);
    }

    /** The log, while no other process writes to it. */
    public final class Session {
        private Session() {}

        /** Appends a line of {@code values} (texts, whole numbers, booleans), forced to disk. */
        public void append(Map<String, ?> values) throws IOException {
            appendLocked(values, true);
        }

        /** Gives the whole lines that begin at byte {@code from} to {@code reader}, and says where to read on. */
        public long read(long from, LineReader reader) throws IOException {
            return LineLog.this.read(from, reader);
        }
    }

    /** What is done while no other process writes. */
    @FunctionalInterface
    public interface Exclusive<T> {
        /** Does it. */
        T run(Session session) throws IOException;
    }

    /** Does {@code work} while no other thread or process writes to this log. */
    public <T> T exclusively(Exclusive<T> work) throws IOException {
        prepareDirectory();
        return mutex.locked(() -> work.run(new Session()));
    }

    /** Appends a line of {@code values} (texts, whole numbers, booleans), forced to disk. */
    public void append(Map<String, ?> values) throws IOException {
        append(values, true);
    }

    /**
     * Appends a line of {@code values} (texts, whole numbers, booleans) without waiting for the disk: it survives the
     * process, but perhaps not the machine. For what can be found out again.
     */
    public void appendUnforced(Map<String, ?> values) throws IOException {
        append(values, false);
    }

    private void append(Map<String, ?> values, boolean force) throws IOException {
        prepareDirectory();
        mutex.locked(() -> {
            appendLocked(values, force);
            return true;
        });
    }

    /**
     * Gives the whole lines that begin at byte {@code from} to {@code reader}, and says where to read on. A line that
     * is no JSON, or that the reader cannot use, is skipped, and the log says so.
     */
    public long read(long from, LineReader reader) throws IOException {
        Lines read = read(from);
        int skipped = read.damaged();
        for (Map<String, String> values : read.lines()) {
            try {
                reader.read(values);
            } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
                skipped++;
                LOG.log(System.Logger.Level.DEBUG, "a line of " + file.getFileName() + " has a wrong field", e);
            }
        }
        if (skipped > 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    file + " has " + (skipped == 1 ? "1 line that" : skipped + " lines that")
                            + " cannot be read and count for nothing");
        }
        return read.end();
    }

    /** The whole lines that begin at byte {@code from}; none if there is no such file. */
    public Lines read(long from) throws IOException {
        byte[] bytes;
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
            long size = opened.length();
            if (size <= from) {
                return new Lines(List.of(), from, 0);
            }
            bytes = new byte[Math.toIntExact(size - from)];
            opened.seek(from);
            opened.readFully(bytes);
        } catch (FileNotFoundException e) {
            return new Lines(List.of(), from, 0);
        }
        return parse(bytes, from);
    }

    private static Lines parse(byte[] bytes, long from) {
        List<Map<String, String>> lines = new ArrayList<>();
        int damaged = 0;
        int start = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] != '\n') {
                continue;
            }
            if (at > start) {
                damaged +=
                        JsonLines.read(bytes, start, at - start).map(lines::add).isPresent() ? 0 : 1;
            }
            start = at + 1;
        }
        return new Lines(lines, from + start, damaged);
    }

    private void prepareDirectory() throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            files.createDirectories(parent);
        }
    }

    private void appendLocked(Map<String, ?> values, boolean force) throws IOException {
        boolean isNew = !Files.exists(file);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            if (endsWithinALine(opened)) {
                files.append(opened, new byte[] {'\n'});
            }
            if (force) {
                files.append(opened, JsonLines.write(values));
            } else {
                files.appendUnforced(opened, JsonLines.write(values));
            }
        }
        Path parent = file.toAbsolutePath().getParent();
        if (isNew && parent != null) {
            DurableFiles.forceDirectory(parent);
        }
    }

    private static boolean endsWithinALine(RandomAccessFile opened) throws IOException {
        long size = opened.length();
        if (size == 0) {
            return false;
        }
        opened.seek(size - 1);
        return opened.read() != '\n';
    }
}
