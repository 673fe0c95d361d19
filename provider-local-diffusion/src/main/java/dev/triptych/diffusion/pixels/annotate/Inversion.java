package dev.triptych.diffusion.pixels.annotate;

import dev.triptych.diffusion.pixels.Pixels;

/** The negative: 255 less each value. */
public record Inversion() implements Annotator {

    @Override
    public Pixels annotate(Pixels picture) {
        byte[] rgb = picture.rgb();
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) ~rgb[i];
        }
        return Pixels.of(picture.width(), picture.height(), rgb);
    }

    @Override
    public String toString() {
        return "inversion";
    }
}
