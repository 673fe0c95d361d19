package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.List;
import java.util.Optional;

/** Pixels to latents and back. Latents are scaled as the denoiser sees them. */
public interface LatentCodec {

    /** The distribution of a picture's latents, not scaled: a draw goes through {@link #scale}. */
    LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation);

    /** Whether a picture's latents are drawn from their distribution; else they are its mean. */
    default boolean drawsPictures() {
        return true;
    }

    /** A draw from {@link #encode} as the denoiser sees it; changes the array it is given, and returns it. */
    float[] scale(float[] latents);

    /** The picture that scaled latents stand for. */
    Pixels decode(float[] latents, LatentSize size, Cancellation cancellation);

    /** The same tile by tile, with memory that does not grow with the picture; empty where it cannot be. */
    default Optional<LatentCodec> tiled() {
        return Optional.empty();
    }

    /** What decoding latents of {@code size} needs to be loaded. */
    default List<Family.Load> decoderLoads(LatentSize size) {
        return List.of();
    }
}
