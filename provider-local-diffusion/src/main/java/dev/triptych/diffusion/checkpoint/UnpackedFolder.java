package dev.triptych.diffusion.checkpoint;

import dev.triptych.diffusion.checkpoint.BundledCheckpoint.Entry;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * A folder that a checkpoint was unpacked to, held against the manifest: by its marker at no cost, or file by file.
 *
 * @param folder the folder; it need not exist
 * @param manifest what it should hold
 */
record UnpackedFolder(Path folder, Manifest manifest) {

    /** What the names of folders begin with that are being unpacked, after the folder's own. */
    static final String ASIDE = ".aside-";

    private static final String MARKER = ".unpacked";

    /** Whether the folder is as it was marked; reads no file but the marker. */
    boolean isUntouched() throws IOException {
        try {
            return Files.readString(folder.resolve(MARKER)).equals(stamp());
        } catch (FileSystemException | CharacterCodingException e) {
            return false;
        }
    }

    private String stamp() throws IOException {
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
    boolean isWhole() throws IOException {
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

    /** Writes the marker that says so. */
    void mark() throws IOException {
        Path aside = folder.resolve(MARKER + ".new");
        Files.writeString(aside, stamp());
        Files.move(aside, folder.resolve(MARKER), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes what processes left that were killed while unpacking; the lock says that none is at work now. */
    void removeAside() throws IOException {
        try (Stream<Path> siblings = Files.list(parentOf(folder))) {
            for (Path sibling : siblings.toList()) {
                if (sibling.getFileName().toString().startsWith(folder.getFileName() + ASIDE)) {
                    removeTree(sibling);
                }
            }
        }
    }

    static void removeTree(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            return; // someone else removed it, which is what was wanted
        }
    }

    /** The folder that {@code file} is in. */
    static Path parentOf(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        return parent == null ? file.toAbsolutePath() : parent;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
