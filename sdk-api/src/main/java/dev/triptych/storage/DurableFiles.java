package dev.triptych.storage;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * The few ways in which anything of ours is written to disk, so that a process may die between any two steps.
 * Thread-safe.
 *
 * <p>Files are written through {@link RandomAccessFile}: a channel would be closed when its thread is interrupted, and
 * a cancelled call must still be written down.
 *
 * <p>Each step is a numbered write point: a test halts the process at each of them in turn.
 */
public final class DurableFiles {

    private static final DurableFiles SYSTEM = new DurableFiles(step -> {});

    private final WritePoint point;

    /** Files whose every step is told to {@code point} before it is made. */
    DurableFiles(WritePoint point) {
        this.point = point;
    }

    /** Hears of each step before it is made. */
    @FunctionalInterface
    interface WritePoint {
        void reached(String step);
    }

    /** The file system as it is. */
    public static DurableFiles system() {
        return SYSTEM;
    }

    /**
     * Makes {@code directory} and those above it, readable by its owner alone where the file system knows owners.
     *
     * @throws IOException if it cannot be made
     */
    public void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        point.reached("create directory");
        try {
            if (ownersKnown(directory)) {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectory(directory);
            }
        } catch (FileSystemException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
        if (parent != null) {
            forceDirectory(parent);
        }
    }

    /**
     * Puts {@code bytes} in the place of {@code target}: written to a file of its own in {@code asideDirectory} (on the
     * same file system), forced to disk, renamed, and the rename forced too. A reader sees the old file, or none, or
     * the whole new one.
     *
     * @throws IOException if it cannot be written; nothing is left behind then
     */
    public void replace(Path target, Path asideDirectory, byte[] bytes) throws IOException {
        Path aside = asideDirectory.resolve(UUID.randomUUID() + ".part");
        try {
            writeWhole(aside, bytes);
            point.reached("rename");
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException e) {
            deleteAfter(e, aside);
            throw e;
        }
        Path parent = target.toAbsolutePath().getParent();
        if (parent != null) {
            point.reached("force directory");
            forceDirectory(parent);
        }
        point.reached("replaced");
    }

    /** Writes a file's bytes. */
    @FunctionalInterface
    public interface Content {
        /** Writes them all to {@code file}, which does not exist yet. */
        void writeTo(Path file) throws IOException;
    }

    /**
     * Puts a file that is worth no more than the work to make it again in the place of {@code target}, with the rights
     * that any new file gets: written beside it and moved, so that there is never half a file, and not forced to disk.
     *
     * @throws IOException if it cannot be written; nothing is left behind then
     */
    public static void replaceBeside(Path target, Content content) throws IOException {
        Path whole = target.toAbsolutePath();
        // Not a name made of the target's: that may be as long as a name can be.
        Path aside = whole.resolveSibling("." + UUID.randomUUID() + ".part");
        try {
            content.writeTo(aside);
            Files.move(aside, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private void writeWhole(Path aside, byte[] bytes) throws IOException {
        point.reached("create aside");
        try (RandomAccessFile file = new RandomAccessFile(aside.toFile(), "rw")) {
            writeInTwo(file, bytes);
            point.reached("force aside");
            file.getFD().sync();
        }
    }

    /**
     * Appends {@code bytes} at the end of {@code file} and forces them to disk.
     *
     * @throws IOException if they cannot be written; part of them may have been
     */
    public void append(RandomAccessFile file, byte[] bytes) throws IOException {
        file.seek(file.length());
        writeInTwo(file, bytes);
        point.reached("force append");
        file.getFD().sync();
        point.reached("appended");
    }

    /**
     * Appends {@code bytes} at the end of {@code file} and leaves it to the system when they reach the disk: a process
     * that dies loses nothing of them, a machine may.
     *
     * @throws IOException if they cannot be written; part of them may have been
     */
    public void appendUnforced(RandomAccessFile file, byte[] bytes) throws IOException {
        file.seek(file.length());
        writeInTwo(file, bytes);
        point.reached("appended");
    }

    /** Two writes with a write point in between, so that a torn one is among what a test sees. */
    private void writeInTwo(RandomAccessFile file, byte[] bytes) throws IOException {
        int half = bytes.length / 2;
        point.reached("write first half");
        file.write(bytes, 0, half);
        point.reached("write second half");
        file.write(bytes, half, bytes.length - half);
    }

    /**
     * Deletes {@code file}; whether it was there.
     *
     * @throws IOException if it is there and cannot be deleted
     */
    public boolean delete(Path file) throws IOException {
        point.reached("delete");
        return Files.deleteIfExists(file);
    }

    private static void deleteAfter(Exception failure, Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Forces names in {@code directory} to disk, where the system can open a directory; Windows cannot. An interrupt of
     * this thread does not keep it from that; it is set again afterwards.
     */
    public static void forceDirectory(Path directory) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                try {
                    forceOnce(directory);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void forceOnce(Path directory) throws IOException {
        FileChannel opened;
        try {
            opened = FileChannel.open(directory, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            return;
        }
        try (FileChannel channel = opened) {
            channel.force(true);
        }
    }

    private static boolean ownersKnown(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
