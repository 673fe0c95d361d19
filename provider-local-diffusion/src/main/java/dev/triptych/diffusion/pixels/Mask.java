package dev.triptych.diffusion.pixels;

import dev.triptych.media.ImageMask;
import dev.triptych.media.UnreadablePictureException;
import java.util.Arrays;

/**
 * Where to paint: a picture of zeros (keep) and ones (repaint). Immutable. What an encoded mask means is
 * {@link ImageMask}'s to say.
 */
public final class Mask {

    private final Pixels grey;

    private Mask(Pixels grey) {
        this.grey = grey;
    }

    /**
     * Decodes a mask.
     *
     * @throws IllegalArgumentException if {@code encoded} is no picture, or a damaged one
     * @throws dev.triptych.UnsupportedRequestException if the picture is too large, or no plugin here reads its kind
     */
    public static Mask decode(byte[] encoded) {
        try {
            return of(ImageMask.decode(encoded));
        } catch (UnreadablePictureException e) {
            throw PictureReader.unsupported(e);
        }
    }

    /** A mask that keeps one part of a picture and repaints all around it. */
    public static Mask outside(int width, int height, int left, int top, int keptWidth, int keptHeight) {
        byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
        Arrays.fill(rgb, (byte) 0xff);
        for (int y = top; y < top + keptHeight; y++) {
            Arrays.fill(rgb, (y * width + left) * 3, (y * width + left + keptWidth) * 3, (byte) 0);
        }
        return new Mask(new Pixels(width, height, rgb));
    }

    /** This mask as a picture: black = keep, white = repaint. */
    public byte[] toPng() {
        return grey.toPng();
    }

    private static Mask of(ImageMask decoded) {
        byte[] grey = decoded.grey();
        byte[] rgb = new byte[Math.multiplyExact(grey.length, 3)];
        for (int i = 0; i < grey.length; i++) {
            rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
        }
        return new Mask(new Pixels(decoded.width(), decoded.height(), rgb));
    }

    /** This mask in another size, resampled as diffusers' mask processor does: grey, by Lanczos. */
    public Mask resize(int width, int height) {
        return new Mask(grey.resizeLanczos(width, height));
    }

    /** Zeros and ones, {@code [height, width]}: a grey of at least 0.5 is one. */
    public float[] toTensor() {
        byte[] rgb = grey.rgb();
        float[] mask = new float[rgb.length / 3];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (rgb[3 * i] & 0xff) >= 128 ? 1 : 0;
        }
        return mask;
    }

    /**
     * Zeros and ones in latent space, {@code [height / factor, width / factor]}: the upper left pixel of each block, as
     * torch's nearest interpolation picks it.
     */
    public float[] toLatentTensor(int factor) {
        float[] full = toTensor();
        int width = grey.width() / factor;
        int height = grey.height() / factor;
        float[] mask = new float[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                mask[y * width + x] = full[y * factor * grey.width() + x * factor];
            }
        }
        return mask;
    }
}
