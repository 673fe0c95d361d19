package dev.triptych.diffusion.hub;

import dev.triptych.GenerationContext;
import dev.triptych.Outcome;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes of files, by which the hub names their contents. */
final class Contents {

    private static final int SHA256_DIGITS = 64;
    private static final int BUFFER = 1 << 20;

    private Contents() {}

    /**
     * The hash of {@code file} of the kind that {@code etag} is: 64 digits = sha256 of the content, 40 digits = git's
     * blob hash, sha1 of {@code "blob LENGTH\0"} and the content.
     *
     * @throws dev.triptych.GenerationCancelledException if {@code context} is cancelled meanwhile
     */
    static String hash(Path file, String etag, GenerationContext context) throws IOException {
        MessageDigest digest = digest(etag.length() == SHA256_DIGITS ? "SHA-256" : "SHA-1");
        if (etag.length() != SHA256_DIGITS) {
            digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
        }
        byte[] buffer = new byte[BUFFER];
        // Not a channel: an interrupt would close that, and is looked at here.
        try (InputStream input = new FileInputStream(file.toFile())) {
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + algorithm, e);
        }
    }
}
