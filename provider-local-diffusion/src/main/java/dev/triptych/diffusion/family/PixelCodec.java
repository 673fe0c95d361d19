package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.Arrays;

/** The codec of models that denoise the picture itself: its values are pixels in [−1, 1]. Stateless. */
final class PixelCodec implements LatentCodec {

    /** The smallest that a distribution may have: a draw is its mean. */
    private static final float NO_VARIANCE = Float.NEGATIVE_INFINITY;

    @Override
    public LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation) {
        float[] logvar = new float[pixels.length];
        Arrays.fill(logvar, NO_VARIANCE);
        return new LatentDistribution(pixels, logvar);
    }

    @Override
    public float[] scale(float[] latents) {
        return latents;
    }

    @Override
    public Pixels decode(float[] latents, LatentSize size, Cancellation cancellation) {
        return Pixels.fromTensor(latents, size.width(), size.height());
    }
}
