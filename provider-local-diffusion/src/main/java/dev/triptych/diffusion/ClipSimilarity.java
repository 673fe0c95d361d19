package dev.triptych.diffusion;

import dev.triptych.compare.TextImageSimilarity;
import dev.triptych.diffusion.pixels.Pixels;
import java.awt.image.BufferedImage;

/** A {@link ClipModel} as comparisons use it. Thread-safe. */
final class ClipSimilarity implements TextImageSimilarity {

    private final ClipModel clip;
    private final String name;

    ClipSimilarity(ClipModel clip, String name) {
        this.clip = clip;
        this.name = name;
    }

    @Override
    public String model() {
        return name;
    }

    @Override
    public double cosine(String prompt, BufferedImage picture) {
        return clip.cosine(prompt, pixels(picture));
    }

    /** Transparency is dropped, as {@link Pixels#decode} does. */
    private static Pixels pixels(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        int[] argb = picture.getRGB(0, 0, width, height, null, 0, width);
        byte[] rgb = new byte[argb.length * 3];
        for (int i = 0; i < argb.length; i++) {
            rgb[3 * i] = (byte) (argb[i] >> 16);
            rgb[3 * i + 1] = (byte) (argb[i] >> 8);
            rgb[3 * i + 2] = (byte) argb[i];
        }
        return Pixels.of(width, height, rgb);
    }

    @Override
    public void close() {
        clip.close();
    }
}
