package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.network.vae.Vae;
import dev.triptych.diffusion.network.vae.VaeConfig;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.List;
import java.util.Optional;

/**
 * Latents through an {@code AutoencoderKL}: scaled by one factor, or, where the config gives mean and deviation of each
 * channel, by those too (diffusers 0.36, pipeline_stable_diffusion_xl.py). Immutable.
 */
final class VaeCodec implements LatentCodec {

    private final Engine engine;
    private final Vae vae;
    private final boolean scales;

    VaeCodec(Engine engine, Vae vae) {
        this(engine, vae, true);
    }

    private VaeCodec(Engine engine, Vae vae, boolean scales) {
        this.engine = engine;
        this.vae = vae;
        this.scales = scales;
    }

    /** Latents as the autoencoder itself has them, which somebody else scales. */
    static VaeCodec withoutScale(Engine engine, Vae vae) {
        return new VaeCodec(engine, vae, false);
    }

    @Override
    public LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation) {
        Tensor picture = new Tensor(new long[] {1, vae.config().inChannels(), height, width}, pixels);
        return vae.encode(engine, picture, cancellation);
    }

    @Override
    public float[] scale(float[] latents) {
        VaeConfig config = vae.config();
        for (int i = 0; i < latents.length && scales; i++) {
            latents[i] = config.latentMean().isEmpty()
                    ? (latents[i] - config.shiftFactor()) * config.scalingFactor()
                    : (latents[i] - mean(i, latents.length)) * config.scalingFactor() / deviation(i, latents.length);
        }
        return latents;
    }

    @Override
    public Pixels decode(float[] latents, LatentSize size, Cancellation cancellation) {
        VaeConfig config = vae.config();
        float[] unscaled = unscaled(latents);
        Tensor tensor = new Tensor(new long[] {1, size.channels(), size.height(), size.width()}, unscaled);
        float[] pixels = vae.decode(engine, tensor, cancellation);
        return Pixels.fromTensor(pixels, size.width() * config.scaleFactor(), size.height() * config.scaleFactor());
    }

    @Override
    public Optional<LatentCodec> tiled() {
        return vae.tiles() ? Optional.of(new TiledVaeCodec(engine, vae, this)) : Optional.empty();
    }

    @Override
    public List<Family.Load> decoderLoads(LatentSize size) {
        return List.of(new Family.Load(vae.decoder(), Shape.of(size.height(), size.width())));
    }

    /** Latents as the decoder takes them; a new array. */
    float[] unscaled(float[] latents) {
        if (!scales) {
            return latents.clone();
        }
        VaeConfig config = vae.config();
        float[] unscaled = new float[latents.length];
        for (int i = 0; i < latents.length; i++) {
            unscaled[i] = config.latentMean().isEmpty()
                    ? latents[i] / config.scalingFactor() + config.shiftFactor()
                    : latents[i] * deviation(i, latents.length) / config.scalingFactor() + mean(i, latents.length);
        }
        return unscaled;
    }

    private float mean(int index, int length) {
        return vae.config().latentMean().get(channel(index, length));
    }

    private float deviation(int index, int length) {
        return vae.config().latentDeviation().get(channel(index, length));
    }

    private int channel(int index, int length) {
        return index / (length / vae.config().latentChannels());
    }
}
