package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.pixels.Pixels;

/** Pixels to latents and back. Latents are scaled as the denoiser sees them. */
public interface LatentCodec {

    /** The distribution of a picture's latents, not scaled: a draw goes through {@link #scale}. */
    LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation);

    /** A draw from {@link #encode} as the denoiser sees it; changes the array it is given, and returns it. */
    float[] scale(float[] latents);

    /** The picture that scaled latents stand for. */
    Pixels decode(float[] latents, LatentSize size, Cancellation cancellation);
}
