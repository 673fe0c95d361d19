package dev.triptych.compare;

import dev.triptych.GeneratedImage;
import dev.triptych.media.ImageHeader;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a comparison while it runs. A process may die at any point and the next one goes on: a picture is
 * written before the line that names it, and a line is whole or it is not there. Thread-safe.
 *
 * <pre>
 * cells.jsonl    one cell a line, first in the order they came, in the end in the order of the table
 * pairs.jsonl    likeness of pictures in a row, one pair a line
 * pictures/      the pictures as they came
 * </pre>
 */
final class ComparisonFolder implements AutoCloseable {

    static final String CELLS = "cells.jsonl";
    static final String PAIRS = "pairs.jsonl";
    static final String PICTURES = "pictures";

    private static final System.Logger LOG = System.getLogger(ComparisonFolder.class.getName());

    private final Path folder;
    private final FileChannel channel;
    private final FileLock lock;

    private ComparisonFolder(Path folder, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Opens {@code folder} for one comparison at a time, making it where needed.
     *
     * @throws IllegalArgumentException if it holds a comparison already and {@code resume} is false, or if another
     *     process works in it
     */
    static ComparisonFolder open(Path folder, boolean resume) throws IOException {
        Files.createDirectories(folder.resolve(PICTURES));
        FileChannel channel = FileChannel.open(
                folder.resolve(CELLS), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new IllegalArgumentException(
                        "comparison folder must be free but another comparison works in it: " + folder);
            }
            if (!resume && channel.size() > 0) {
                throw new IllegalArgumentException(
                        "comparison folder must be empty, or the comparison in it resumed, but it holds one: "
                                + folder);
            }
            return new ComparisonFolder(folder, channel, lock);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    Path folder() {
        return folder;
    }

    /** The cells written so far. A torn last line is cut off; a damaged one is passed over, and its cell made again. */
    List<CellJson.Line> cells() throws IOException {
        byte[] bytes = Files.readAllBytes(folder.resolve(CELLS));
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        channel.truncate(end);
        List<CellJson.Line> cells = new ArrayList<>();
        List<String> lines =
                new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            try {
                cells.add(CellJson.read(lines.get(i)));
            } catch (IllegalArgumentException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}, line {1} is passed over: {2}",
                        folder.resolve(CELLS),
                        i + 1,
                        e.getMessage());
            }
        }
        return cells;
    }

    /** The picture of {@code picture}, or null if its file is gone or altered. */
    byte @Nullable [] read(CellPicture picture) throws IOException {
        Path file = folder.resolve(picture.file()).normalize();
        if (!file.startsWith(folder.normalize()) || !Files.isRegularFile(file)) {
            return null;
        }
        byte[] bytes = Files.readAllBytes(file);
        return isWhole(bytes, picture) ? bytes : null;
    }

    private static boolean isWhole(byte[] bytes, CellPicture picture) {
        try {
            return GeneratedImage.of(bytes).sha256().equals(picture.sha256());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Writes {@code image} as the picture of {@code key}. */
    CellPicture write(CellKey key, GeneratedImage image) throws IOException {
        String file = PICTURES + "/" + key.fileStem() + "." + image.fileExtension();
        image.writeTo(folder.resolve(file));
        return new CellPicture(
                file,
                new ImageHeader(image.mediaType(), image.width(), image.height()),
                image.length(),
                image.sha256(),
                image.seed(),
                image.revisedPrompt());
    }

    /** Adds a cell at the end of the lines. */
    synchronized void append(CellJson.Line line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((CellJson.write(line) + "\n").getBytes(StandardCharsets.UTF_8));
        channel.position(channel.size());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(false);
    }

    /** Puts all cells, in the table's order and with their scores, in the place of the lines; and the pairs beside. */
    synchronized void finish(List<CellJson.Line> cells, List<Pair> pairs) throws IOException {
        close();
        replace(folder.resolve(PAIRS), pairs.stream().map(CellJson::write).toList());
        replace(folder.resolve(CELLS), cells.stream().map(CellJson::write).toList());
    }

    private static void replace(Path file, List<String> lines) throws IOException {
        DurableFiles.replaceBeside(file, aside -> Files.write(aside, lines, StandardCharsets.UTF_8));
    }

    /** Lets other comparisons into the folder. A second call does nothing. */
    @Override
    public synchronized void close() throws IOException {
        if (channel.isOpen()) {
            lock.release();
            channel.close();
        }
    }
}
