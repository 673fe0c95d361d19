package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The hash of a checkpoint: small files whole, weights by size, header and samples. */
final class Fingerprint {

    private static final int SAMPLES = 16;
    private static final int SAMPLE_BYTES = 4096;
    private static final List<String> SMALL_FOLDERS = List.of("", "scheduler", "tokenizer");

    private final MessageDigest digest;

    private Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    static String of(Checkpoint checkpoint) {
        Fingerprint fingerprint = new Fingerprint();
        try {
            for (String folder : SMALL_FOLDERS) {
                fingerprint.addSmallFiles(checkpoint.folder(), folder);
            }
            for (Component component : Component.values()) {
                fingerprint.add(checkpoint, component);
            }
        } catch (IOException e) {
            throw new ModelLoadException(checkpoint.folder() + " cannot be read: " + e.getMessage(), e);
        }
        return HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    private void addSmallFiles(Path root, String folder) throws IOException {
        TreeMap<String, Path> files = new TreeMap<>();
        try (Stream<Path> listed = Files.list(root.resolve(folder))) {
            listed.filter(file -> file.toString().matches(".*\\.(json|txt)"))
                    .filter(Files::isRegularFile)
                    .forEach(file -> files.put(String.valueOf(file.getFileName()), file));
        }
        for (var file : files.entrySet()) {
            add(folder + "/" + file.getKey(), Files.readAllBytes(file.getValue()));
        }
    }

    private void add(Checkpoint checkpoint, Component component) throws IOException {
        Optional<Path> onnx = checkpoint.readyMade(component);
        Path folder = checkpoint.folder().resolve(onnx.isPresent() ? component.onnxFolder() : component.folder());
        Path config = folder.resolve("config.json");
        if (Files.exists(config)) {
            add(component.folder() + "/config.json", Files.readAllBytes(config));
        }
        if (onnx.isPresent()) {
            addSamples(onnx.get());
        } else {
            for (SafetensorsFile file : checkpoint.weights(component).files()) {
                add(component.folder(), file.header());
                addSamples(file.file());
            }
        }
    }

    private void addSamples(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            add("size", Long.toString(size).getBytes(StandardCharsets.US_ASCII));
            int length = (int) Math.min(SAMPLE_BYTES, size);
            for (int i = 0; i < SAMPLES; i++) {
                long position = (size - length) / (SAMPLES - 1) * i;
                digest.update(SafetensorsFile.read(channel, position, length));
            }
        }
    }

    /** Lengths come before contents, so that no two lists of files look alike. */
    private void add(String name, byte[] content) {
        digest.update((name + ":" + content.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(content);
    }
}
