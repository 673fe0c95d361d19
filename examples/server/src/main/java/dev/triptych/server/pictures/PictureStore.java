package dev.triptych.server.pictures;

import dev.triptych.ImageInput;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageHeader;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Pictures as files, each under an id that follows from its bytes and from a secret of this store: the same picture is
 * kept once, and who does not know the secret cannot guess whether a picture is here. Thread-safe.
 */
public final class PictureStore {

    /** What an id looks like: 128 bits in lower-case hexadecimal. */
    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

    private static final int ID_BYTES = 16;
    private static final int SECRET_BYTES = 32;
    private static final String ALGORITHM = "HmacSHA256";

    /** The most pixels a picture may have: 64 Mi. */
    private static final long MAX_PIXELS = 64L << 20;

    /** The longest edge a picture may have, in pixels. */
    private static final int MAX_EDGE = 16_384;

    private final Path pictures;
    private final Path thumbnails;
    private final Path aside;
    private final byte[] secret;
    private final DurableFiles files;
    private final Semaphore decoding = new Semaphore(1);

    private PictureStore(Path directory, byte[] secret, DurableFiles files) {
        this.pictures = directory.resolve("pictures");
        this.thumbnails = directory.resolve("thumbnails");
        this.aside = directory.resolve("aside");
        this.secret = secret;
        this.files = files;
    }

    /**
     * The store in {@code directory}, which is made where it is missing.
     *
     * @throws IOException if it cannot be made or written
     */
    public static PictureStore open(Path directory) throws IOException {
        return open(directory, DurableFiles.system());
    }

    /** The store in {@code directory}, written through {@code files}. */
    public static PictureStore open(Path directory, DurableFiles files) throws IOException {
        files.createDirectories(directory.resolve("pictures"));
        files.createDirectories(directory.resolve("thumbnails"));
        files.createDirectories(directory.resolve("aside"));
        Path file = directory.resolve("secret");
        byte[] secret = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        if (secret.length != SECRET_BYTES) {
            secret = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(secret);
            files.replace(file, directory.resolve("aside"), secret);
        }
        return new PictureStore(directory, secret, files);
    }

    /**
     * Keeps {@code bytes}, forced to disk, and gives the picture's id.
     *
     * @throws IllegalArgumentException if they are no picture, or one of too many pixels
     * @throws UncheckedIOException if it cannot be written
     */
    public String put(byte[] bytes) {
        checkSize(ImageHeader.read(bytes));
        return put(ImageInput.of(bytes).sha256(), bytes);
    }

    private String put(String sha256, byte[] bytes) {
        String id = idOf(sha256);
        Path file = pictures.resolve(id);
        if (!Files.exists(file)) {
            try {
                files.replace(file, aside, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException("the picture must be written to the state folder but cannot be", e);
            }
        }
        return id;
    }

    /**
     * Whether a picture of {@code header} may be decoded.
     *
     * @throws IllegalArgumentException if it is too large
     */
    public static void checkSize(ImageHeader header) {
        if (header.pixels() > MAX_PIXELS || header.width() > MAX_EDGE || header.height() > MAX_EDGE) {
            throw new IllegalArgumentException(
                    "picture must have at most " + MAX_PIXELS + " pixels and edges of at most " + MAX_EDGE
                            + " but its header says " + header.width() + "x" + header.height());
        }
    }

    /** The id of the picture whose bytes have this SHA-256, here or not. */
    public String idOf(String sha256) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            byte[] code = mac.doFinal(sha256.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(code, 0, ID_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has " + ALGORITHM, e);
        }
    }

    /** The encoded picture {@code id}; empty if it is not here, or no id at all. */
    public Optional<byte[]> bytes(String id) {
        return ID.matcher(id).matches() ? read(pictures.resolve(id)) : Optional.empty();
    }

    /** Picture {@code id}, which is here, to be read piece by piece. */
    public InputStream open(String id) {
        try {
            return Files.newInputStream(file(id));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The picture with this SHA-256 as the input of a request, or null. */
    public @Nullable ImageInput input(String sha256) {
        return bytes(idOf(sha256)).map(ImageInput::of).orElse(null);
    }

    /** A JPEG of at most 256 × 256 pixels of picture {@code id}, made once. */
    public Optional<byte[]> thumbnail(String id) {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        Path file = thumbnails.resolve(id);
        return read(file).or(() -> bytes(id).map(bytes -> makeThumbnail(file, bytes)));
    }

    /** One at a time: decoding takes memory. */
    private byte[] makeThumbnail(Path file, byte[] picture) {
        decoding.acquireUninterruptibly();
        try {
            byte[] jpeg =
                    Previews.jpeg(ImageDecoder.decode(picture), Previews.THUMBNAIL_EDGE, Previews.THUMBNAIL_QUALITY);
            files.replace(file, aside, jpeg);
            return jpeg;
        } catch (IOException e) {
            throw new UncheckedIOException("the thumbnail must be written to the state folder but cannot be", e);
        } finally {
            decoding.release();
        }
    }

    private static Optional<byte[]> read(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static UncheckedIOException unreadable(IOException e) {
        return new UncheckedIOException("the picture must be readable in the state folder but is not", e);
    }

    /** Where picture {@code id} lies, for a client on this machine. */
    public Path file(String id) {
        return pictures.resolve(id);
    }

    @Override
    public String toString() {
        return "PictureStore[" + pictures + "]";
    }
}
