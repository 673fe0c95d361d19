package dev.triptych.diffusion.checkpoint;

import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * The checkpoint that comes as an artifact of its own, {@code dev.triptych:triptych-bundled-model}: found on the class
 * path and unpacked once into a cache folder, because ONNX Runtime maps weights from files. Thread-safe.
 *
 * <p>The folder is named by the hash of the artifact's manifest, so another version never meets this one's files. It is
 * written aside and renamed whole: a process that is killed leaves nothing that looks finished, and of two that unpack
 * at a time one waits for the other. Files are checked by hash while they are unpacked; afterwards a marker that lists
 * their sizes and times tells at no cost whether someone touched them, and if so they are checked again and repaired.
 */
public final class BundledCheckpoint {

    /** A file lock holds between processes; this holds between threads of one. */
    private static final Object ONE_THREAD = new Object();

    private final BundledArtifact artifact;

    /** Opens a new file; tests put a full disk here. */
    @FunctionalInterface
    interface FileCreator {
        FileChannel create(Path file) throws IOException;
    }

    /**
     * A file of the checkpoint.
     *
     * @param path relative to the checkpoint's folder, with {@code /}
     * @param size bytes
     * @param sha256 lower-case hexadecimal
     */
    public record Entry(String path, long size, String sha256) {}

    /**
     * What the artifact on the class path holds.
     *
     * @param sha256 of the manifest itself: the checkpoint's revision
     * @param files every file of the checkpoint
     */
    public record Manifest(String sha256, List<Entry> files) {

        /** Copies the list. */
        public Manifest {
            files = List.copyOf(files);
        }
    }

    BundledCheckpoint(ClassLoader artifact, FileCreator creator) {
        this.artifact = new BundledArtifact(artifact, creator);
    }

    private static BundledCheckpoint ofThisClassPath() {
        return new BundledCheckpoint(
                BundledCheckpoint.class.getClassLoader(),
                file -> FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /**
     * The unpacked checkpoint in the user's cache, {@link UserCache#folder()}.
     *
     * @throws ModelLoadException as {@link #directory(Path)}
     */
    public static Path directory() {
        return directory(UserCache.folder());
    }

    /**
     * The unpacked checkpoint below {@code cacheRoot}: a diffusers directory, whole and checked.
     *
     * @throws ModelLoadException if the artifact is not on the class path or damaged, or the folder cannot be written
     * @throws GenerationCancelledException if the thread is interrupted meanwhile
     */
    public static Path directory(Path cacheRoot) {
        return ofThisClassPath().unpackedBelow(cacheRoot);
    }

    /** Whether the checkpoint lies unpacked below {@code cacheRoot}; costs a look at each file's size and time. */
    public static boolean isUnpacked(Path cacheRoot) {
        try {
            Optional<Manifest> manifest = manifest();
            return manifest.isPresent() && folder(cacheRoot, manifest.get()).isUntouched();
        } catch (IOException e) {
            return false;
        }
    }

    private static UnpackedFolder folder(Path cacheRoot, Manifest manifest) {
        Path models = cacheRoot.resolve("models");
        return new UnpackedFolder(models.resolve("bundled-" + manifest.sha256().substring(0, 16)), manifest);
    }

    /**
     * What the artifact holds; empty where it is not on the class path.
     *
     * @throws ModelLoadException if the manifest is damaged
     */
    public static Optional<Manifest> manifest() {
        return ofThisClassPath().artifact.manifest();
    }

    Path unpackedBelow(Path cacheRoot) {
        Manifest manifest = artifact.manifest()
                .orElseThrow(() -> new ModelLoadException("model \"bundled\" needs the artifact " + BundledArtifact.NAME
                        + " but it is not on the class path: add it as a dependency, or name the folder of another"
                        + " checkpoint"));
        UnpackedFolder unpacked = folder(cacheRoot, manifest);
        try {
            if (!unpacked.isUntouched()) {
                repair(unpacked);
            }
            return unpacked.folder();
        } catch (ClosedByInterruptException | FileLockInterruptionException e) {
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException(
                    "interrupted while unpacking the bundled checkpoint",
                    ErrorOrigin.of(LocalErrors.PROVIDER, Outcome.NOT_SENT),
                    e);
        } catch (IOException e) {
            throw new ModelLoadException(
                    "bundled checkpoint needs " + megabytes(manifest)
                            + " MB of writable space but could not be unpacked to " + unpacked.folder() + ": "
                            + reason(e),
                    e);
        }
    }

    /** Waits for its turn and puts the folder right; a whole copy that cannot be written to is right as it is. */
    private void repair(UnpackedFolder unpacked) throws IOException {
        Path parent = UnpackedFolder.parentOf(unpacked.folder());
        synchronized (ONE_THREAD) {
            Path lock = parent.resolve("." + unpacked.folder().getFileName() + ".lock");
            try {
                Files.createDirectories(parent);
                try (FileChannel channel =
                        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    repair(unpacked, isAlone(channel));
                }
            } catch (AccessDeniedException | ReadOnlyFileSystemException e) {
                if (!unpacked.isWhole()) {
                    throw e;
                }
            }
        }
    }

    /** Waits for the lock, which lasts until the channel is closed; false where the file system has no locks. */
    private static boolean isAlone(FileChannel channel) throws IOException {
        try {
            return channel.lock().isValid();
        } catch (ClosedByInterruptException | FileLockInterruptionException e) {
            throw e;
        } catch (IOException | OverlappingFileLockException e) {
            return false;
        }
    }

    private void repair(UnpackedFolder unpacked, boolean alone) throws IOException {
        if (unpacked.isUntouched()) {
            return;
        }
        if (alone) {
            unpacked.removeAside();
        }
        if (unpacked.isWhole()) {
            unpacked.mark();
        } else {
            replace(unpacked);
        }
    }

    private static long megabytes(Manifest manifest) {
        return manifest.files().stream().mapToLong(Entry::size).sum() / 1_000_000 + 1;
    }

    private static String reason(IOException e) {
        String kind = e instanceof FileSystemException ? e.getClass().getSimpleName() + " " : "";
        return kind + e.getMessage();
    }

    /** Unpacks aside, moves a damaged folder out of the way and renames. */
    private void replace(UnpackedFolder unpacked) throws IOException {
        Path folder = unpacked.folder();
        Path aside =
                Files.createTempDirectory(UnpackedFolder.parentOf(folder), folder.getFileName() + UnpackedFolder.ASIDE);
        try {
            Path fresh = aside.resolve("fresh");
            for (Entry entry : unpacked.manifest().files()) {
                artifact.unpack(entry, fresh.resolve(entry.path()));
            }
            new UnpackedFolder(fresh, unpacked.manifest()).mark();
            if (Files.exists(folder)) {
                Files.move(folder, aside.resolve("damaged"), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Without locks, another process may have renamed its copy a moment before.
            if (!unpacked.isUntouched()) {
                throw e;
            }
        } finally {
            UnpackedFolder.removeTree(aside);
        }
    }
}
