package dev.triptych.diffusion.family;

import dev.triptych.ImageSize;

/**
 * How pictures and latents lie over each other.
 *
 * @param channels channels of the latents
 * @param factor how many pixels one latent pixel stands for, along each axis; sizes are multiples of it
 */
public record LatentGeometry(int channels, int factor) {

    /** The latents of a picture; its edges are multiples of the factor. */
    public LatentSize of(ImageSize size) {
        return new LatentSize(channels, size.height() / factor, size.width() / factor);
    }
}
