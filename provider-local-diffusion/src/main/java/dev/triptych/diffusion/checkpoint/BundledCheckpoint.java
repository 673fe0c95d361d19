package dev.triptych.diffusion.checkpoint;

import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    private static final String ARTIFACT = "dev.triptych:triptych-bundled-model";
    private static final String RESOURCES = "dev/triptych/model/bundled/";
    private static final String MANIFEST = "manifest.txt";
    private static final String MARKER = ".unpacked";
    private static final String ASIDE = ".aside-";

    /** A file lock holds between processes; this holds between threads of one. */
    private static final Object ONE_THREAD = new Object();

    private final ClassLoader artifact;
    private final FileCreator creator;

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
        this.artifact = artifact;
        this.creator = creator;
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
            return manifest.isPresent() && isUntouched(folder(cacheRoot, manifest.get()), manifest.get());
        } catch (IOException e) {
            return false;
        }
    }

    private static Path folder(Path cacheRoot, Manifest manifest) {
        return cacheRoot
                .resolve("models")
                .resolve("bundled-" + manifest.sha256().substring(0, 16));
    }

    /**
     * What the artifact holds; empty where it is not on the class path.
     *
     * @throws ModelLoadException if the manifest is damaged
     */
    public static Optional<Manifest> manifest() {
        return ofThisClassPath().readManifest();
    }

    Path unpackedBelow(Path cacheRoot) {
        Manifest manifest = readManifest()
                .orElseThrow(() -> new ModelLoadException("model \"bundled\" needs the artifact " + ARTIFACT
                        + " but it is not on the class path: add it as a dependency, or name the folder of another"
                        + " checkpoint"));
        Path folder = folder(cacheRoot, manifest);
        try {
            if (!isUntouched(folder, manifest)) {
                repair(folder, manifest);
            }
            return folder;
        } catch (ClosedByInterruptException | FileLockInterruptionException e) {
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException(
                    "interrupted while unpacking the bundled checkpoint",
                    ErrorOrigin.of(LocalErrors.PROVIDER, Outcome.NOT_SENT),
                    e);
        } catch (IOException e) {
            throw new ModelLoadException(
                    "bundled checkpoint needs " + megabytes(manifest)
                            + " MB of writable space but could not be unpacked to " + folder + ": " + reason(e),
                    e);
        }
    }

    /** Waits for its turn and puts the folder right; a whole copy that cannot be written to is right as it is. */
    private void repair(Path folder, Manifest manifest) throws IOException {
        synchronized (ONE_THREAD) {
            Path lock = parentOf(folder).resolve("." + folder.getFileName() + ".lock");
            try {
                Files.createDirectories(parentOf(folder));
                try (FileChannel channel =
                        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    repair(folder, manifest, isAlone(channel));
                }
            } catch (AccessDeniedException | ReadOnlyFileSystemException e) {
                if (!isWhole(folder, manifest)) {
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

    private void repair(Path folder, Manifest manifest, boolean alone) throws IOException {
        if (isUntouched(folder, manifest)) {
            return;
        }
        if (alone) {
            removeAside(folder);
        }
        if (isWhole(folder, manifest)) {
            mark(folder, manifest);
        } else {
            replace(folder, manifest);
        }
    }

    private static long megabytes(Manifest manifest) {
        return manifest.files().stream().mapToLong(Entry::size).sum() / 1_000_000 + 1;
    }

    private static String reason(IOException e) {
        String kind = e instanceof FileSystemException ? e.getClass().getSimpleName() + " " : "";
        return kind + e.getMessage();
    }

    private static Path parentOf(Path folder) {
        Path parent = folder.toAbsolutePath().getParent();
        return parent == null ? folder.toAbsolutePath() : parent;
    }

    /** Unpacks aside, moves a damaged folder out of the way and renames. */
    private void replace(Path folder, Manifest manifest) throws IOException {
        Path aside = Files.createTempDirectory(parentOf(folder), folder.getFileName() + ASIDE);
        try {
            Path fresh = aside.resolve("fresh");
            for (Entry entry : manifest.files()) {
                unpack(entry, fresh.resolve(entry.path()));
            }
            mark(fresh, manifest);
            if (Files.exists(folder)) {
                Files.move(folder, aside.resolve("damaged"), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Without locks, another process may have renamed its copy a moment before.
            if (!isUntouched(folder, manifest)) {
                throw e;
            }
        } finally {
            removeTree(aside);
        }
    }

    private void unpack(Entry entry, Path file) throws IOException {
        Files.createDirectories(parentOf(file));
        MessageDigest digest = sha256();
        try (InputStream packed = artifact.getResourceAsStream(RESOURCES + entry.path());
                FileChannel channel = creator.create(file);
                OutputStream output = new DigestOutputStream(Channels.newOutputStream(channel), digest)) {
            if (packed == null) {
                throw new ModelLoadException("artifact " + ARTIFACT + " must hold " + entry.path()
                        + ", which its manifest names, but does not: the artifact is damaged");
            }
            packed.transferTo(output);
            channel.force(false);
        }
        String found = hex(digest);
        if (!found.equals(entry.sha256())) {
            throw new ModelLoadException("bundled checkpoint's " + entry.path() + " must have the SHA-256 "
                    + entry.sha256() + " but has " + found + ": the artifact " + ARTIFACT + " is damaged");
        }
    }

    /** Whether the folder is as it was marked; reads no file but the marker. */
    private static boolean isUntouched(Path folder, Manifest manifest) throws IOException {
        try {
            return Files.readString(folder.resolve(MARKER)).equals(stamp(folder, manifest));
        } catch (FileSystemException | CharacterCodingException e) {
            return false;
        }
    }

    private static String stamp(Path folder, Manifest manifest) throws IOException {
        StringBuilder stamp = new StringBuilder(manifest.sha256()).append('\n');
        for (Entry entry : manifest.files()) {
            BasicFileAttributes found = Files.readAttributes(folder.resolve(entry.path()), BasicFileAttributes.class);
            stamp.append(found.lastModifiedTime().toMillis())
                    .append(' ')
                    .append(found.size())
                    .append(' ')
                    .append(entry.path())
                    .append('\n');
        }
        return stamp.toString();
    }

    /** Whether every file has the size and the hash of the manifest. */
    private static boolean isWhole(Path folder, Manifest manifest) throws IOException {
        for (Entry entry : manifest.files()) {
            Path file = folder.resolve(entry.path());
            if (!Files.isRegularFile(file) || Files.size(file) != entry.size()) {
                return false;
            }
            MessageDigest digest = sha256();
            try (InputStream input = Files.newInputStream(file);
                    OutputStream output = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
                input.transferTo(output);
            }
            if (!hex(digest).equals(entry.sha256())) {
                return false;
            }
        }
        return true;
    }

    private static void mark(Path folder, Manifest manifest) throws IOException {
        Path aside = folder.resolve(MARKER + ".new");
        Files.writeString(aside, stamp(folder, manifest));
        Files.move(aside, folder.resolve(MARKER), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes what processes left that were killed while unpacking; the lock says that none is at work now. */
    private static void removeAside(Path folder) throws IOException {
        try (Stream<Path> siblings = Files.list(parentOf(folder))) {
            for (Path sibling : siblings.toList()) {
                if (sibling.getFileName().toString().startsWith(folder.getFileName() + ASIDE)) {
                    removeTree(sibling);
                }
            }
        }
    }

    private static void removeTree(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            return; // someone else removed it, which is what was wanted
        }
    }

    Optional<Manifest> readManifest() {
        try (@Nullable InputStream resource = artifact.getResourceAsStream(RESOURCES + MANIFEST)) {
            if (resource == null) {
                return Optional.empty();
            }
            byte[] bytes = resource.readAllBytes();
            MessageDigest digest = sha256();
            digest.update(bytes);
            List<Entry> files = new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .map(BundledCheckpoint::entry)
                    .toList();
            return Optional.of(new Manifest(hex(digest), files));
        } catch (IOException e) {
            throw new ModelLoadException("manifest of " + ARTIFACT + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A line {@code sha256 size path}. */
    private static Entry entry(String line) {
        String[] parts = line.split(" ", 3);
        if (parts.length != 3
                || !parts[0].matches("[0-9a-f]{64}")
                || !parts[1].matches("[0-9]{1,18}")
                || !parts[2].matches("(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
            throw new ModelLoadException("manifest of " + ARTIFACT
                    + " must have lines of hash, size and relative path but has another: " + line);
        }
        return new Entry(parts[2], Long.parseLong(parts[1]), parts[0]);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
