package dev.triptych.diffusion.pixels;

import dev.triptych.media.ImageDecoder;
import java.awt.image.BufferedImage;

/**
 * Where to paint: a picture of zeros (keep) and ones (repaint). Immutable.
 *
 * <p>What an encoded mask means is fixed for every provider: white repaints, black keeps; in a mask with transparency,
 * opaque repaints and transparent keeps.
 */
public final class Mask {

    private final Pixels grey;

    private Mask(Pixels grey) {
        this.grey = grey;
    }

    /**
     * Decodes a mask.
     *
     * @throws IllegalArgumentException if {@code encoded} is no picture that can be read
     */
    public static Mask decode(byte[] encoded) {
        BufferedImage image = ImageDecoder.decode(encoded);
        return image.getColorModel().hasAlpha() ? ofAlpha(image) : ofLuminance(Pixels.decode(encoded));
    }

    private static Mask ofAlpha(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] rgb = new byte[width * height * 3];
        boolean isTransparentAnywhere = false;
        int[] argb = image.getRGB(0, 0, width, height, null, 0, width);
        for (int i = 0; i < argb.length; i++) {
            int alpha = argb[i] >>> 24;
            isTransparentAnywhere |= alpha < 255;
            rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = (byte) alpha;
        }
        if (isTransparentAnywhere) {
            return new Mask(Pixels.of(width, height, rgb));
        }
        for (int i = 0; i < argb.length; i++) {
            rgb[3 * i] = (byte) (argb[i] >> 16);
            rgb[3 * i + 1] = (byte) (argb[i] >> 8);
            rgb[3 * i + 2] = (byte) argb[i];
        }
        return ofLuminance(Pixels.of(width, height, rgb));
    }

    /** Grey as Pillow's {@code convert("L")} has it: ITU-R 601-2 luma in 16-bit fixed point. */
    private static Mask ofLuminance(Pixels picture) {
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            int luma = 19595 * (rgb[i] & 0xff) + 38470 * (rgb[i + 1] & 0xff) + 7471 * (rgb[i + 2] & 0xff);
            rgb[i] = rgb[i + 1] = rgb[i + 2] = (byte) ((luma + 0x8000) >> 16);
        }
        return new Mask(Pixels.of(picture.width(), picture.height(), rgb));
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
