package dev.triptych.diffusion.family;

/**
 * The size of a picture in latent space.
 *
 * @param channels channels of the latents
 * @param height the height in latent pixels
 * @param width the width in latent pixels
 */
public record LatentSize(int channels, int height, int width) {

    /** How many values there are. */
    public int values() {
        return Math.multiplyExact(channels, Math.multiplyExact(height, width));
    }
}
