package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint.Entry;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint.FileCreator;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The artifact on the class path that holds the bundled checkpoint: its manifest, and its files. Immutable. */
final class BundledArtifact {

    static final String NAME = "dev.triptych:triptych-bundled-model";

    private static final String RESOURCES = "dev/triptych/model/bundled/";
    private static final String MANIFEST = "manifest.txt";

    private final ClassLoader loader;
    private final FileCreator creator;

    /** What {@code loader} finds; files are unpacked through {@code creator}. */
    BundledArtifact(ClassLoader loader, FileCreator creator) {
        this.loader = loader;
        this.creator = creator;
    }

    /**
     * What it holds; empty where it is not on the class path.
     *
     * @throws ModelLoadException if the manifest is damaged
     */
    Optional<Manifest> manifest() {
        try (@Nullable InputStream resource = loader.getResourceAsStream(RESOURCES + MANIFEST)) {
            if (resource == null) {
                return Optional.empty();
            }
            byte[] bytes = resource.readAllBytes();
            MessageDigest digest = UnpackedFolder.sha256();
            digest.update(bytes);
            List<Entry> files = new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .map(BundledArtifact::entry)
                    .toList();
            return Optional.of(new Manifest(UnpackedFolder.hex(digest), files));
        } catch (IOException e) {
            throw new ModelLoadException("manifest of " + NAME + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A line {@code sha256 size path}. */
    private static Entry entry(String line) {
        String[] parts = line.split(" ", 3);
        if (parts.length != 3
                || !parts[0].matches("[0-9a-f]{64}")
                || !parts[1].matches("[0-9]{1,18}")
                || !parts[2].matches("(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
            throw new ModelLoadException("manifest of " + NAME
                    + " must have lines of hash, size and relative path but has another: " + line);
        }
        return new Entry(parts[2], Long.parseLong(parts[1]), parts[0]);
    }

    /** Unpacks one file, whole and checked by its hash. */
    void unpack(Entry entry, Path file) throws IOException {
        Files.createDirectories(UnpackedFolder.parentOf(file));
        MessageDigest digest = UnpackedFolder.sha256();
        try (InputStream packed = loader.getResourceAsStream(RESOURCES + entry.path());
                FileChannel channel = creator.create(file);
                OutputStream output = new DigestOutputStream(Channels.newOutputStream(channel), digest)) {
            if (packed == null) {
                throw new ModelLoadException("artifact " + NAME + " must hold " + entry.path()
                        + ", which its manifest names, but does not: the artifact is damaged");
            }
            packed.transferTo(output);
            channel.force(false);
        }
        String found = UnpackedFolder.hex(digest);
        if (!found.equals(entry.sha256())) {
            throw new ModelLoadException("bundled checkpoint's " + entry.path() + " must have the SHA-256 "
                    + entry.sha256() + " but has " + found + ": the artifact " + NAME + " is damaged");
        }
    }
}
