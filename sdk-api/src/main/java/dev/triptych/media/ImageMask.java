package dev.triptych.media;

import java.awt.image.BufferedImage;
import java.util.Objects;

/**
 * Where a picture is to be repainted. Immutable.
 *
 * <p>What an encoded mask means is the same for every provider, and is decided here alone: white repaints, black keeps;
 * in a mask with transparency, opaque repaints and transparent keeps. Between the two the threshold is one half of the
 * samples as they are stored: 127 is kept, 128 repainted.
 */
public final class ImageMask {

    private static final int THRESHOLD = 128;

    private final int width;
    private final int height;
    private final byte[] grey;

    private ImageMask(int width, int height, byte[] grey) {
        this.width = width;
        this.height = height;
        this.grey = grey;
    }

    /**
     * Decodes a mask, as {@link ImageDecoder#decode(byte[])} decodes every picture.
     *
     * @throws IllegalArgumentException as there
     */
    public static ImageMask decode(byte[] encoded) {
        return of(ImageDecoder.decode(encoded));
    }

    /** The mask in a picture that {@link ImageDecoder} decoded. */
    static ImageMask of(BufferedImage decoded) {
        int width = decoded.getWidth();
        int height = decoded.getHeight();
        int[] argb = ArgbImage.pixels(decoded);
        boolean byAlpha = decoded.getColorModel().hasAlpha() && isTransparentAnywhere(argb);
        byte[] grey = new byte[argb.length];
        for (int i = 0; i < argb.length; i++) {
            grey[i] = (byte) (byAlpha ? argb[i] >>> 24 : luma(argb[i]));
        }
        return new ImageMask(width, height, grey);
    }

    private static boolean isTransparentAnywhere(int[] argb) {
        for (int pixel : argb) {
            if (pixel >>> 24 != 0xff) {
                return true;
            }
        }
        return false;
    }

    /** Grey as Pillow's {@code convert("L")} has it: ITU-R 601-2 luma in 16-bit fixed point. */
    private static int luma(int rgb) {
        return (19595 * (rgb >> 16 & 0xff) + 38470 * (rgb >> 8 & 0xff) + 7471 * (rgb & 0xff) + 0x8000) >> 16;
    }

    /** Pixels from left to right. */
    public int width() {
        return width;
    }

    /** Pixels from top to bottom. */
    public int height() {
        return height;
    }

    /**
     * Whether the pixel is to be repainted.
     *
     * @throws IndexOutOfBoundsException if there is no such pixel
     */
    public boolean repaints(int x, int y) {
        return isRepainted(grey[Objects.checkIndex(y, height) * width + Objects.checkIndex(x, width)]);
    }

    private static boolean isRepainted(byte value) {
        return (value & 0xff) >= THRESHOLD;
    }

    /** The mask before the threshold, {@code [height, width]}, row-major: 0 keeps, 255 repaints. A copy. */
    public byte[] grey() {
        return grey.clone();
    }

    /** White where the picture is to be repainted, else black: as most servers want a mask. {@code TYPE_INT_RGB}. */
    public BufferedImage toWhite() {
        return drawn(false, 0xffffffff, 0xff000000);
    }

    /**
     * Transparent where the picture is to be repainted, else opaque black: as OpenAI's images API wants a mask.
     * {@code TYPE_INT_ARGB}.
     */
    public BufferedImage toTransparency() {
        return drawn(true, 0x00000000, 0xff000000);
    }

    private BufferedImage drawn(boolean hasAlpha, int repaint, int keep) {
        BufferedImage image = ArgbImage.create(width, height, hasAlpha);
        int[] argb = ArgbImage.pixels(image);
        for (int i = 0; i < argb.length; i++) {
            argb[i] = isRepainted(grey[i]) ? repaint : keep;
        }
        return image;
    }

    /** Never the mask itself. */
    @Override
    public String toString() {
        return "ImageMask[" + width + "x" + height + "]";
    }
}
