package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The hash of a checkpoint: small files whole, weights by size, header and samples. */
final class Fingerprint {

    private final MessageDigest digest;

    private Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    static String of(Checkpoint checkpoint, Set<String> names) {
        Fingerprint fingerprint = new Fingerprint();
        try {
            if (Files.isDirectory(checkpoint.folder())) {
                fingerprint.addSmallFiles("", checkpoint.folder());
            } else {
                fingerprint.add("", checkpoint.index().root().toString());
            }
            for (String name : new TreeSet<>(names)) {
                Optional<Part> part = checkpoint.part(name);
                if (part.isPresent()) {
                    part.get().addTo(fingerprint);
                }
            }
        } catch (IOException e) {
            throw new ModelLoadException(checkpoint.folder() + " cannot be read: " + e.getMessage(), e);
        }
        return HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    /** Of a part that stands alone. */
    static String of(Part part) {
        Fingerprint fingerprint = new Fingerprint();
        try {
            part.addTo(fingerprint);
        } catch (IOException e) {
            throw new ModelLoadException(part.location() + " cannot be read: " + e.getMessage(), e);
        }
        return HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    void addSmallFiles(String name, Path folder) throws IOException {
        for (Path file : WeightFiles.list(folder)) {
            String fileName = String.valueOf(file.getFileName());
            if (Files.isRegularFile(file) && fileName.matches(".*\\.(json|txt)")) {
                add(name + "/" + fileName, Files.readAllBytes(file));
            }
        }
    }

    void addSamples(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            SafetensorsFile.addSamples(channel, digest);
        }
    }

    void add(String name, String content) {
        add(name, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Lengths come before contents, so that no two lists of files look alike. */
    private void add(String name, byte[] content) {
        digest.update((name + ":" + content.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(content);
    }
}
