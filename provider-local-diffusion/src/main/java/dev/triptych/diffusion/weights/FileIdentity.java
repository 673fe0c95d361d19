package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A hash of a large file that costs milliseconds: its directory whole, its contents by samples. */
final class FileIdentity {

    private static final int SAMPLES = 16;
    private static final int SAMPLE_BYTES = 4096;
    private static final int BLOCK = 1 << 16;

    private FileIdentity() {}

    /** The hash of the {@code length} bytes from {@code start} on, the file's size, and samples of the whole. */
    static String of(Path file, long start, long length) {
        MessageDigest digest = sha256();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (long done = 0; done < length; done += BLOCK) {
                digest.update(SafetensorsFile.read(channel, start + done, (int) Math.min(BLOCK, length - done)));
            }
            addSamples(channel, digest);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Adds the size of a file and samples of its contents to {@code digest}. */
    static void addSamples(FileChannel channel, MessageDigest digest) throws IOException {
        long size = channel.size();
        digest.update(Long.toString(size).getBytes(StandardCharsets.US_ASCII));
        int length = (int) Math.min(SAMPLE_BYTES, size);
        for (int i = 0; i < SAMPLES; i++) {
            digest.update(SafetensorsFile.read(channel, (size - length) / (SAMPLES - 1) * i, length));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
