package dev.triptych.diffusion.pixels;

import dev.triptych.media.ImageDecoder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A decoded picture: {@code [height, width, 3]} bytes of red, green and blue, row-major. Immutable.
 *
 * <pre>{@code
 * float[] start = Pixels.decode(png).resizeLanczos(512, 512).toTensor(); // [3, 512, 512] in [-1, 1]
 * byte[] picture = Pixels.fromTensor(decoded, 512, 512).toPng();
 * }</pre>
 */
public final class Pixels {

    private static final int CHANNELS = 3;

    private final int width;
    private final int height;
    private final byte[] rgb;

    /** Takes the array over. */
    Pixels(int width, int height, byte[] rgb) {
        this.width = width;
        this.height = height;
        this.rgb = rgb;
    }

    /**
     * A picture of {@code rgb}, which is copied.
     *
     * @param rgb {@code [height, width, 3]}, row-major
     * @throws IllegalArgumentException if a side is less than 1 or the array has another length
     */
    public static Pixels of(int width, int height, byte[] rgb) {
        checkLength(width, height, rgb.length);
        return new Pixels(width, height, rgb.clone());
    }

    /**
     * Decodes a picture as {@link ImageDecoder} does, which is how Pillow's {@code convert("RGB")} sees it, upright:
     * transparency is dropped, grey becomes three equal channels.
     *
     * @throws IllegalArgumentException if {@code encoded} is no picture, or a damaged one
     * @throws dev.triptych.UnsupportedRequestException if the picture would take more than 512 MiB to decode, or no
     *     plugin here reads its kind
     */
    public static Pixels decode(byte[] encoded) {
        return PictureReader.read(encoded);
    }

    /**
     * The picture that a model's output shows, as diffusers makes it: {@code value * 0.5 + 0.5}, clamped to 0 to 1,
     * times 255, rounded half to even.
     *
     * @param values {@code [3, height, width]}, row-major, nominally in [−1, 1]
     * @throws IllegalArgumentException if a side is less than 1, the array has another length, or a value is NaN
     */
    public static Pixels fromTensor(float[] values, int width, int height) {
        checkLength(width, height, values.length);
        int plane = width * height;
        byte[] rgb = new byte[values.length];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int i = 0; i < plane; i++) {
                rgb[i * CHANNELS + channel] = toByte(values[channel * plane + i]);
            }
        }
        return new Pixels(width, height, rgb);
    }

    private static byte toByte(float value) {
        if (Float.isNaN(value)) {
            throw new IllegalArgumentException("pixel values must be numbers but one was NaN");
        }
        float unit = Math.min(Math.max(value * 0.5f + 0.5f, 0f), 1f);
        return (byte) Math.rint(unit * 255f);
    }

    /**
     * The picture as a model reads it, {@code [3, height, width]}, row-major, {@code byte / 255 * 2 - 1} in [−1, 1].
     */
    public float[] toTensor() {
        int plane = width * height;
        float[] values = new float[rgb.length];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int i = 0; i < plane; i++) {
                values[channel * plane + i] = (rgb[i * CHANNELS + channel] & 0xff) / 255f * 2f - 1f;
            }
        }
        return values;
    }

    /** The picture as control networks read it, {@code [3, height, width]}, row-major, {@code byte / 255} in [0, 1]. */
    public float[] toUnitTensor() {
        int plane = width * height;
        float[] values = new float[rgb.length];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int i = 0; i < plane; i++) {
                values[channel * plane + i] = (rgb[i * CHANNELS + channel] & 0xff) / 255f;
            }
        }
        return values;
    }

    /** The brightness of its pixels, {@code [1, height, width]}, row-major, {@link #grey} / 255 in [0, 1]. */
    public float[] toGreyUnitTensor() {
        byte[] grey = grey();
        float[] values = new float[grey.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (grey[i] & 0xff) / 255f;
        }
        return values;
    }

    /**
     * The brightness of its pixels, {@code [height, width]}, row-major, as Pillow's {@code convert("L")} gives it:
     * ITU-R 601-2, {@code 0.299 R + 0.587 G + 0.114 B} in 16 binary places (src/libImaging/Convert.c, {@code L24}).
     */
    public byte[] grey() {
        byte[] grey = new byte[width * height];
        for (int i = 0; i < grey.length; i++) {
            int red = rgb[i * CHANNELS] & 0xff;
            int green = rgb[i * CHANNELS + 1] & 0xff;
            int blue = rgb[i * CHANNELS + 2] & 0xff;
            grey[i] = (byte) ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
        }
        return grey;
    }

    /**
     * This picture in another size, to the byte what Pillow's {@code resize((width, height), Image.LANCZOS)} gives.
     *
     * @throws IllegalArgumentException if a side is less than 1
     */
    public Pixels resizeLanczos(int newWidth, int newHeight) {
        return Resampling.LANCZOS.resize(this, newWidth, newHeight);
    }

    /**
     * This picture in another size, to the byte what Pillow's {@code resize((width, height), Image.BICUBIC)} gives.
     *
     * @throws IllegalArgumentException if a side is less than 1
     */
    public Pixels resizeBicubic(int newWidth, int newHeight) {
        return Resampling.BICUBIC.resize(this, newWidth, newHeight);
    }

    /**
     * This picture in another size with each pixel a copy of the nearest, as Pillow's {@code Image.NEAREST} gives: for
     * masks, which have no shades between.
     *
     * @throws IllegalArgumentException if a side is less than 1
     */
    public Pixels resizeNearest(int newWidth, int newHeight) {
        checkSides(newWidth, newHeight);
        int[] columns = nearest(width, newWidth);
        int[] rows = nearest(height, newHeight);
        byte[] resized = new byte[Math.multiplyExact(Math.multiplyExact(newWidth, newHeight), CHANNELS)];
        int to = 0;
        for (int row : rows) {
            for (int column : columns) {
                System.arraycopy(rgb, (row * width + column) * CHANNELS, resized, to, CHANNELS);
                to += CHANNELS;
            }
        }
        return new Pixels(newWidth, newHeight, resized);
    }

    /** The source index of each target index. Pillow adds the scale up step by step, and so does this. */
    private static int[] nearest(int from, int to) {
        double scale = (double) from / to;
        int[] indices = new int[to];
        double at = scale * 0.5;
        for (int i = 0; i < to; i++) {
            indices[i] = Math.min((int) at, from - 1);
            at += scale;
        }
        return indices;
    }

    /**
     * This picture with more around it, each new pixel the nearest of the old ones.
     *
     * @throws IllegalArgumentException if a number is negative
     */
    public Pixels extended(int left, int top, int right, int bottom) {
        if (left < 0 || top < 0 || right < 0 || bottom < 0) {
            throw new IllegalArgumentException("a picture must grow by numbers from 0 but was to grow by " + left + ","
                    + top + "," + right + "," + bottom);
        }
        int newWidth = width + left + right;
        int newHeight = height + top + bottom;
        byte[] larger = new byte[Math.multiplyExact(Math.multiplyExact(newWidth, newHeight), CHANNELS)];
        int to = 0;
        for (int y = 0; y < newHeight; y++) {
            int row = Math.min(Math.max(y - top, 0), height - 1);
            for (int x = 0; x < newWidth; x++) {
                int column = Math.min(Math.max(x - left, 0), width - 1);
                System.arraycopy(rgb, (row * width + column) * CHANNELS, larger, to, CHANNELS);
                to += CHANNELS;
            }
        }
        return new Pixels(newWidth, newHeight, larger);
    }

    /** A part of this picture. */
    public Pixels cut(int left, int top, int newWidth, int newHeight) {
        checkSides(newWidth, newHeight);
        byte[] part = new byte[newWidth * newHeight * CHANNELS];
        for (int y = 0; y < newHeight; y++) {
            System.arraycopy(
                    rgb, ((top + y) * width + left) * CHANNELS, part, y * newWidth * CHANNELS, newWidth * CHANNELS);
        }
        return new Pixels(newWidth, newHeight, part);
    }

    /** This picture where {@code mask} says to paint, and {@code kept}, of the same size, to the byte elsewhere. */
    public Pixels over(Pixels kept, Mask mask) {
        float[] painted = mask.toTensor();
        if (kept.width != width || kept.height != height || painted.length != width * height) {
            throw new IllegalArgumentException("pictures and mask must have one size but had " + width + "x" + height
                    + ", " + kept.width + "x" + kept.height + " and " + painted.length + " pixels");
        }
        byte[] both = kept.rgb();
        for (int i = 0; i < painted.length; i++) {
            if (painted[i] >= 0.5f) {
                System.arraycopy(rgb, i * CHANNELS, both, i * CHANNELS, CHANNELS);
            }
        }
        return new Pixels(width, height, both);
    }

    /** The picture as PNG, 8-bit RGB without metadata: the same bytes each time. */
    public byte[] toPng() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        image.getRaster().setDataElements(0, 0, width, height, rgb);
        ByteArrayOutputStream png = new ByteArrayOutputStream(rgb.length / 2);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(png)) {
            writer.setOutput(output);
            writer.write(image);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        } finally {
            writer.dispose();
        }
        return png.toByteArray();
    }

    /** Pixels from left to right. */
    public int width() {
        return width;
    }

    /** Pixels from top to bottom. */
    public int height() {
        return height;
    }

    /** A copy of the bytes, {@code [height, width, 3]}, row-major. */
    public byte[] rgb() {
        return rgb.clone();
    }

    /** The bytes themselves, not to be written to. */
    byte[] array() {
        return rgb;
    }

    static void checkSides(int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("picture must be at least 1x1 but was " + width + "x" + height);
        }
    }

    private static void checkLength(int width, int height, int length) {
        checkSides(width, height);
        long expected = (long) width * height * CHANNELS;
        if (length != expected) {
            throw new IllegalArgumentException(
                    "a picture of " + width + "x" + height + " must have " + expected + " values but had " + length);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Pixels that
                && width == that.width
                && height == that.height
                && Arrays.equals(rgb, that.rgb);
    }

    @Override
    public int hashCode() {
        return 31 * width + Arrays.hashCode(rgb);
    }

    @Override
    public String toString() {
        return "Pixels[" + width + "x" + height + "]";
    }
}
