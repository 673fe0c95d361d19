package dev.triptych;

import dev.triptych.internal.Sha256;
import dev.triptych.media.ImageHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An encoded picture that goes into a request, and what it is for there: a start for image-to-image unless it says
 * another {@link InputRole}. Immutable.
 *
 * <pre>{@code
 * ImageInput edges = ImageInput.of(Path.of("edges.png"))
 *         .as(InputRole.CONTROL)
 *         .named("canny")
 *         .withStrength(0.8)
 *         .withWindow(0, 0.6);
 * }</pre>
 */
public final class ImageInput {

    /** The greatest strength of a picture. */
    public static final double MAX_STRENGTH = 10;

    private final Picture picture;
    private final InputRole role;
    private final String name;
    private final double strength;
    private final double start;
    private final double end;

    /** The encoded picture, shared by all that differ only in what it is for. */
    private static final class Picture {
        private final byte[] bytes;
        private final ImageHeader header;
        private final String sha256;

        Picture(byte[] bytes) {
            this.bytes = bytes;
            this.header = ImageHeader.read(bytes);
            this.sha256 = Sha256.hex(bytes);
        }
    }

    private ImageInput(Picture picture, InputRole role, String name, double strength, double start, double end) {
        if (!(strength >= 0 && strength <= MAX_STRENGTH)) {
            throw new IllegalArgumentException("strength of an input must be between 0 and 10 but was " + strength);
        }
        if (!(start >= 0 && start < end && end <= 1)) {
            throw new IllegalArgumentException(
                    "window of an input must have 0 <= start < end <= 1 but was " + start + " to " + end);
        }
        this.picture = picture;
        this.role = Objects.requireNonNull(role, "role");
        this.name = Objects.requireNonNull(name, "name");
        this.strength = strength;
        this.start = start;
        this.end = end;
    }

    private static ImageInput of(Picture picture) {
        return new ImageInput(picture, InputRole.START, "", 1, 0, 1);
    }

    /**
     * The picture in {@code bytes}, which are copied.
     *
     * @throws IllegalArgumentException if {@code bytes} are no PNG, JPEG, WebP, GIF or BMP
     */
    public static ImageInput of(byte[] bytes) {
        return of(new Picture(bytes.clone()));
    }

    /**
     * The picture in {@code file}.
     *
     * @throws IllegalArgumentException if the file is missing, cannot be read, or holds no picture of a known format
     */
    public static ImageInput of(Path file) {
        try {
            return of(new Picture(Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("picture does not exist: " + file, e);
        } catch (IOException e) {
            throw new IllegalArgumentException("picture cannot be read: " + file, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("picture must be a PNG, JPEG, WebP, GIF or BMP but was not: " + file, e);
        }
    }

    /** This picture for {@code newRole}. */
    public ImageInput as(InputRole newRole) {
        return new ImageInput(picture, newRole, name, strength, start, end);
    }

    /** This picture for the generator's control or adapter {@code newName}; {@code ""} = none in particular. */
    public ImageInput named(String newName) {
        return new ImageInput(picture, role, newName, strength, start, end);
    }

    /**
     * This picture with another strength.
     *
     * @param newStrength 0 = no effect, 1 = as its control or adapter was trained, at most {@value #MAX_STRENGTH}
     * @throws IllegalArgumentException if it is out of range
     */
    public ImageInput withStrength(double newStrength) {
        return new ImageInput(picture, role, name, newStrength, start, end);
    }

    /**
     * This picture for a part of the steps.
     *
     * @param newStart where in the steps it begins to have an effect; 0 = at the first
     * @param newEnd where that ends; 1 = after the last
     * @throws IllegalArgumentException unless 0 ≤ {@code newStart} &lt; {@code newEnd} ≤ 1
     */
    public ImageInput withWindow(double newStart, double newEnd) {
        return new ImageInput(picture, role, name, strength, newStart, newEnd);
    }

    /** This picture as a start, with no name, at strength 1 and for all steps. */
    public ImageInput plain() {
        return of(picture);
    }

    /** A copy of the encoded picture. */
    public byte[] bytes() {
        return picture.bytes.clone();
    }

    /** Media type and size, read from the bytes. */
    public ImageHeader header() {
        return picture.header;
    }

    /** SHA-256 of the encoded picture in lower-case hexadecimal; what a cache key holds in place of the bytes. */
    public String sha256() {
        return picture.sha256;
    }

    /** What the picture is for. */
    public InputRole role() {
        return role;
    }

    /** Which of the generator's controls or adapters it feeds; {@code ""} = none in particular. */
    public String name() {
        return name;
    }

    /** How strongly it acts, 0 to {@value #MAX_STRENGTH}; 1 by default. A start has none of its own. */
    public double strength() {
        return strength;
    }

    /** Where in the steps its effect begins, in [0, 1); 0 by default. */
    public double start() {
        return start;
    }

    /** Where in the steps its effect ends, in (0, 1]; 1 by default. */
    public double end() {
        return end;
    }

    /** Whether it is no more than a picture to start from. */
    boolean isPlain() {
        return equals(plain());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ImageInput that
                && sha256().equals(that.sha256())
                && role == that.role
                && name.equals(that.name)
                && strength == that.strength
                && start == that.start
                && end == that.end;
    }

    @Override
    public int hashCode() {
        return Objects.hash(sha256(), role, name, strength, start, end);
    }

    @Override
    public String toString() {
        String text = header() + ", " + picture.bytes.length + " bytes";
        if (isPlain()) {
            return "ImageInput[" + text + "]";
        }
        return "ImageInput[" + text + ", " + role + (name.isEmpty() ? "" : " " + name) + ", strength=" + strength
                + ", window=" + start + " to " + end + "]";
    }
}
