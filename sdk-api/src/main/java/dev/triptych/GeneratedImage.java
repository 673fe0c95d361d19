package dev.triptych;

import dev.triptych.internal.Sha256;
import dev.triptych.media.ContentCredentials;
import dev.triptych.media.ImageHeader;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One finished picture: always the bytes, with what their header says. Immutable. */
public final class GeneratedImage {

    private final byte[] bytes;
    private final ImageHeader header;
    private final String sha256;
    private final @Nullable Long seed;
    private final @Nullable String revisedPrompt;
    private final @Nullable String imageId;

    private GeneratedImage(byte[] bytes) {
        this.bytes = bytes;
        this.header = ImageHeader.read(bytes);
        this.sha256 = Sha256.hex(bytes);
        this.seed = null;
        this.revisedPrompt = null;
        this.imageId = null;
    }

    /** The picture of {@code from}, whose bytes are not read again, with other things known about it. */
    private GeneratedImage(
            GeneratedImage from, @Nullable Long seed, @Nullable String revisedPrompt, @Nullable String imageId) {
        this.bytes = from.bytes;
        this.header = from.header;
        this.sha256 = from.sha256;
        this.seed = seed;
        this.revisedPrompt = revisedPrompt;
        this.imageId = imageId;
    }

    /**
     * The picture in {@code bytes}, which are copied.
     *
     * @throws IllegalArgumentException if {@code bytes} are no picture of a known format
     */
    public static GeneratedImage of(byte[] bytes) {
        return new GeneratedImage(bytes.clone());
    }

    /** This picture with the seed that made it. */
    public GeneratedImage withSeed(long value) {
        return new GeneratedImage(this, value, revisedPrompt, imageId);
    }

    /** This picture with the prompt that the provider made of ours. */
    public GeneratedImage withRevisedPrompt(String value) {
        return new GeneratedImage(this, seed, value, imageId);
    }

    /** This picture with the provider's own id, for {@link ImageReference}. */
    public GeneratedImage withImageId(String value) {
        return new GeneratedImage(this, seed, revisedPrompt, value);
    }

    /** A copy of the encoded picture. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Length of the encoded picture in bytes. */
    public int length() {
        return bytes.length;
    }

    /** The media type, sniffed from the bytes: {@code "image/png"}. */
    public String mediaType() {
        return header.mediaType();
    }

    /** Width in pixels, read from the bytes. */
    public int width() {
        return header.width();
    }

    /** Height in pixels, read from the bytes. */
    public int height() {
        return header.height();
    }

    /** SHA-256 of the encoded picture in lower-case hexadecimal. */
    public String sha256() {
        return sha256;
    }

    /** The seed that made it, where the provider honours or tells it. */
    public OptionalLong seed() {
        return seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    }

    /** The prompt that the provider made of ours, where it tells. */
    public Optional<String> revisedPrompt() {
        return Optional.ofNullable(revisedPrompt);
    }

    /** The provider's own id of the picture, where later variations or upscales can name it. */
    public Optional<String> imageId() {
        return Optional.ofNullable(imageId);
    }

    /**
     * What the picture's content credentials (C2PA) claim, where its provider signed it; the signature is not checked.
     * Read from the bytes at each call.
     */
    public Optional<ContentCredentials> contentCredentials() {
        return ContentCredentials.of(bytes);
    }

    /** The usual ending of a file of this type: {@code "png"}, {@code "jpg"}, {@code "webp"}, … */
    public String fileExtension() {
        return header.fileExtension();
    }

    /** Writes the picture to {@code file}, beside it first and then moved: there is never half a file. */
    public void writeTo(Path file) throws IOException {
        DurableFiles.replaceBeside(
                file, aside -> Files.write(aside, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /** Whether {@code other} is the same picture: equal bytes. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GeneratedImage that && sha256.equals(that.sha256);
    }

    @Override
    public int hashCode() {
        return sha256.hashCode();
    }

    @Override
    public String toString() {
        return "GeneratedImage[" + header + ", " + bytes.length + " bytes, sha256=" + sha256.substring(0, 12)
                + (seed == null ? "" : ", seed=" + seed) + "]";
    }
}
