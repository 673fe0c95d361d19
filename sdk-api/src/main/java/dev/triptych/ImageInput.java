package dev.triptych;

import dev.triptych.internal.Sha256;
import dev.triptych.media.ImageHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An encoded picture that goes into a request: a start for image-to-image, or a mask. Immutable. */
public final class ImageInput {

    private final byte[] bytes;
    private final ImageHeader header;
    private final String sha256;

    private ImageInput(byte[] bytes) {
        this.bytes = bytes;
        this.header = ImageHeader.read(bytes);
        this.sha256 = Sha256.hex(bytes);
    }

    /**
     * The picture in {@code bytes}, which are copied.
     *
     * @throws IllegalArgumentException if {@code bytes} are no PNG, JPEG, WebP, GIF or BMP
     */
    public static ImageInput of(byte[] bytes) {
        return new ImageInput(bytes.clone());
    }

    /**
     * The picture in {@code file}.
     *
     * @throws IllegalArgumentException if the file is missing, cannot be read, or holds no picture of a known format
     */
    public static ImageInput of(Path file) {
        try {
            return new ImageInput(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("picture does not exist: " + file, e);
        } catch (IOException e) {
            throw new IllegalArgumentException("picture cannot be read: " + file, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("picture must be a PNG, JPEG, WebP, GIF or BMP but was not: " + file, e);
        }
    }

    /** A copy of the encoded picture. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Media type and size, read from the bytes. */
    public ImageHeader header() {
        return header;
    }

    /** SHA-256 of the encoded picture in lower-case hexadecimal; what a cache key holds in place of the bytes. */
    public String sha256() {
        return sha256;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ImageInput that && sha256.equals(that.sha256);
    }

    @Override
    public int hashCode() {
        return sha256.hashCode();
    }

    @Override
    public String toString() {
        return "ImageInput[" + header + ", " + bytes.length + " bytes]";
    }
}
