package dev.triptych.diffusion.pixels.annotate;

import dev.triptych.diffusion.pixels.Pixels;

/** The brightness of each pixel, {@link Pixels#grey}, in all three channels. */
public record Luminance() implements Annotator {

    @Override
    public Pixels annotate(Pixels picture) {
        byte[] grey = picture.grey();
        byte[] rgb = new byte[3 * grey.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = grey[i / 3];
        }
        return Pixels.of(picture.width(), picture.height(), rgb);
    }

    @Override
    public String toString() {
        return "luminance";
    }
}
