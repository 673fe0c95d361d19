package dev.triptych.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A second place for a finished picture that could not be written where it was wanted: it may be paid for, and painting
 * it again costs again. Also what can be known of a place before anything is painted. Thread-safe.
 */
public final class KeptPictures {

    /** Less than this for each picture is no room. A small picture needs more, but what a disk tells is an estimate. */
    private static final long LEAST_BYTES = 64 << 10;

    private final Path folder;

    private KeptPictures(Path folder) {
        this.folder = folder;
    }

    /**
     * The folder {@code pictures} in {@linkplain UserFolders#state() the user's state folder}. It is made when the
     * first picture is kept.
     *
     * @throws IllegalStateException if the user has no home to look for it in
     */
    public static KeptPictures ofUser() {
        return new KeptPictures(UserFolders.state().resolve("pictures"));
    }

    /** Pictures kept in {@code folder}. */
    static KeptPictures in(Path folder) {
        return new KeptPictures(folder);
    }

    /**
     * Keeps {@code picture} under {@code fileName}, whole or not at all, and returns its file. A file of that name is
     * replaced, so the name should tell pictures apart, as their hash does.
     *
     * @throws IOException if it cannot be written there either
     */
    public Path keep(byte[] picture, String fileName) throws IOException {
        DurableFiles files = DurableFiles.system();
        files.createDirectories(folder);
        Path file = folder.resolve(fileName);
        files.replace(file, folder, picture);
        return file;
    }

    /**
     * Checks that {@code target} can be written, as far as that can be known without the picture: its name, the folder,
     * the right to write and some room on the disk. An empty file shows for a moment that the name is possible.
     *
     * @param target where a picture is to be written; its folder exists
     * @param pictures how many are to be written beside each other
     * @throws IOException if it cannot
     */
    public static void requireWritable(Path target, int pictures) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (Files.isDirectory(target) || folder == null) {
            throw new IOException("a folder is in its place");
        }
        if (!Files.exists(target)) {
            Files.createFile(target);
            Files.delete(target);
        } else if (!Files.isWritable(folder)) {
            throw new IOException("its folder is not writable");
        }
        requireRoom(folder, pictures);
    }

    private static void requireRoom(Path folder, int pictures) throws IOException {
        long total = Files.getFileStore(folder).getTotalSpace();
        long free = Files.getFileStore(folder).getUsableSpace();
        // A file system that tells no size at all tells nothing.
        if (total > 0 && free < pictures * LEAST_BYTES) {
            throw new IOException("no room is left on the disk, only " + free + " bytes");
        }
    }
}
