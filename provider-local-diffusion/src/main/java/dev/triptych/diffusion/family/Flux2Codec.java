package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.network.vae.Vae;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;
import java.util.Optional;

/**
 * Latents through an {@code AutoencoderKLFlux2}: the four latent pixels of a square are channels of one, and each
 * channel is brought to mean 0 and deviation 1 by the statistics of a batch normalisation that stand in the
 * autoencoder's file. A picture's latents are the mean of its distribution. Reference: diffusers 0.42,
 * pipelines/flux2/pipeline_flux2_klein.py, {@code _encode_vae_image}, {@code _patchify_latents}. Immutable.
 */
final class Flux2Codec implements LatentCodec {

    /** Latent pixels of a square along each axis. */
    static final int SQUARE = 2;

    private final LatentCodec plain;
    private final Vae vae;
    private final Part part;
    private final float epsilon;

    /** @param part the autoencoder, for the statistics */
    Flux2Codec(Engine engine, Vae vae, Part part) {
        this(VaeCodec.withoutScale(engine, vae), vae, part);
    }

    private Flux2Codec(LatentCodec plain, Vae vae, Part part) {
        this.plain = plain;
        this.vae = vae;
        this.part = part;
        this.epsilon = (float) part.config().number("batch_norm_eps", 1e-4);
    }

    /** Mean and deviation of each channel. */
    @SuppressWarnings("ArrayRecordComponent") // private, and made of what nobody else holds
    private record Statistics(float[] mean, float[] deviation) {}

    private Statistics statistics() {
        Weights weights = part.weights();
        int channels = vae.config().latentChannels() * SQUARE * SQUARE;
        float[] deviation = weights.require("bn.running_var", channels).values().clone();
        for (int i = 0; i < channels; i++) {
            deviation[i] = (float) Math.sqrt(deviation[i] + epsilon);
        }
        return new Statistics(weights.require("bn.running_mean", channels).values(), deviation);
    }

    @Override
    public boolean drawsPictures() {
        return false;
    }

    @Override
    public LatentDistribution encode(float[] pixels, int height, int width, Cancellation cancellation) {
        LatentDistribution found = plain.encode(pixels, height, width, cancellation);
        int rows = height / vae.config().scaleFactor();
        int columns = width / vae.config().scaleFactor();
        return new LatentDistribution(squares(found.mean(), rows, columns), squares(found.logvar(), rows, columns));
    }

    /** The latents of a picture as the denoiser sees them, [1, channels, height / factor, width / factor]. */
    Tensor reference(Pixels picture, Cancellation cancellation) {
        int factor = vae.config().scaleFactor() * SQUARE;
        int channels = vae.config().latentChannels() * SQUARE * SQUARE;
        float[] latents = encode(picture.toTensor(), picture.height(), picture.width(), cancellation)
                .mean();
        long[] shape = {1, channels, picture.height() / factor, picture.width() / factor};
        return new Tensor(shape, scale(latents));
    }

    @Override
    public float[] scale(float[] latents) {
        Statistics statistics = statistics();
        int size = latents.length / statistics.mean().length;
        for (int i = 0; i < latents.length; i++) {
            latents[i] = (latents[i] - statistics.mean()[i / size]) / statistics.deviation()[i / size];
        }
        return latents;
    }

    @Override
    public Pixels decode(float[] latents, LatentSize size, Cancellation cancellation) {
        Statistics statistics = statistics();
        int count = size.height() * size.width();
        float[] unscaled = new float[latents.length];
        for (int i = 0; i < latents.length; i++) {
            unscaled[i] =
                    latents[i] * statistics.deviation()[i / count] + statistics.mean()[i / count];
        }
        return plain.decode(unfolded(unscaled, size), unfolded(size), cancellation);
    }

    @Override
    public Optional<LatentCodec> tiled() {
        return plain.tiled().map(tiled -> new Flux2Codec(tiled, vae, part));
    }

    @Override
    public List<Family.Load> decoderLoads(LatentSize size) {
        return plain.decoderLoads(unfolded(size));
    }

    /** Each square of four latent pixels as four channels: channel, row, column. */
    private static float[] squares(float[] latents, int height, int width) {
        int columns = width / SQUARE;
        int count = height / SQUARE * columns;
        float[] squares = new float[latents.length];
        for (int i = 0; i < latents.length; i++) {
            squares[i] = latents[place(i, count, columns)];
        }
        return squares;
    }

    /** The other way round, for squares of {@code size}. */
    static float[] unfolded(float[] squares, LatentSize size) {
        float[] latents = new float[squares.length];
        for (int i = 0; i < squares.length; i++) {
            latents[place(i, size.height() * size.width(), size.width())] = squares[i];
        }
        return latents;
    }

    /** The size of the latents that squares of {@code size} are made of. */
    static LatentSize unfolded(LatentSize size) {
        return new LatentSize(size.channels() / (SQUARE * SQUARE), size.height() * SQUARE, size.width() * SQUARE);
    }

    /**
     * Where value {@code i} of the squares lies among the latents.
     *
     * @param count how many squares there are
     * @param columns how many lie beside each other
     */
    private static int place(int i, int count, int columns) {
        int channel = i / count;
        int row = i % count / columns * SQUARE + channel % (SQUARE * SQUARE) / SQUARE;
        int column = i % columns * SQUARE + channel % SQUARE;
        int width = columns * SQUARE;
        return channel / (SQUARE * SQUARE) * count * SQUARE * SQUARE + row * width + column;
    }
}
