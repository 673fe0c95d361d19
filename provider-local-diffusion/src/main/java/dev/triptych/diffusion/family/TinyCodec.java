package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.tinyvae.TinyVae;
import dev.triptych.diffusion.network.tinyvae.TinyVaeConfig;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.network.vae.VaeConfig;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.Arrays;
import java.util.List;

/** Latents through an {@code AutoencoderTiny}, which takes them as the denoiser has them. Immutable. */
final class TinyCodec implements LatentCodec {

    /** The part that it is of; never part of a checkpoint as it comes. */
    static final String PART = "tiny_vae";

    private static final float NO_VARIANCE = Float.NEGATIVE_INFINITY;

    private final Engine engine;
    private final TinyVae tiny;

    TinyCodec(Engine engine, TinyVae tiny) {
        this.engine = engine;
        this.tiny = tiny;
    }

    /**
     * The codec of the tiny autoencoder in {@code part}, which stands in for one of {@code whole}.
     *
     * @throws ModelLoadException if it belongs to another model
     */
    static TinyCodec open(Engine engine, Part part, VaeConfig whole) {
        TinyVae tiny = TinyVae.open(part);
        TinyVaeConfig config = tiny.config();
        if (config.latentChannels() != whole.latentChannels() || config.scaleFactor() != whole.scaleFactor()) {
            throw new ModelLoadException(part.location() + " must decode latents of " + whole.latentChannels()
                    + " channels and 1/" + whole.scaleFactor() + " of the size but decodes "
                    + config.latentChannels() + " channels and 1/" + config.scaleFactor()
                    + ": it belongs to another model");
        }
        return new TinyCodec(engine, tiny);
    }

    /** The only latents it knows for a picture: a distribution of no width. */
    @Override
    public LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation) {
        float[] latents = tiny.encode(engine, new Tensor(new long[] {1, 3, height, width}, pixels), cancellation);
        float[] logvar = new float[latents.length];
        Arrays.fill(logvar, NO_VARIANCE);
        return new LatentDistribution(latents, logvar);
    }

    @Override
    public float[] scale(float[] latents) {
        for (int i = 0; i < latents.length; i++) {
            latents[i] *= tiny.config().scalingFactor();
        }
        return latents;
    }

    @Override
    public Pixels decode(float[] latents, LatentSize size, Cancellation cancellation) {
        float[] unscaled = latents.clone();
        for (int i = 0; i < unscaled.length; i++) {
            unscaled[i] /= tiny.config().scalingFactor();
        }
        Tensor tensor = new Tensor(new long[] {1, size.channels(), size.height(), size.width()}, unscaled);
        float[] pixels = tiny.decode(engine, tensor, cancellation);
        int factor = tiny.config().scaleFactor();
        return Pixels.fromTensor(pixels, size.width() * factor, size.height() * factor);
    }

    @Override
    public List<Family.Load> decoderLoads(LatentSize size) {
        return List.of(new Family.Load(tiny.decoder(), Shape.of(size.height(), size.width())));
    }
}
