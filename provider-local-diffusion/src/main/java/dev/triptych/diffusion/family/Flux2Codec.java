package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.network.vae.Vae;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;

/**
 * Latents through an {@code AutoencoderKLFlux2}: the four latent pixels of a square are channels of one, and each
 * channel is brought to mean 0 and deviation 1 by the statistics of a batch normalisation that stand in the
 * autoencoder's file. A picture's latents are the mean of its distribution. Reference: diffusers 0.42,
 * pipelines/flux2/pipeline_flux2_klein.py, {@code _encode_vae_image}, {@code _patchify_latents}. Immutable.
 */
final class Flux2Codec implements LatentCodec {

    /** Latent pixels of a square along each axis. */
    static final int SQUARE = 2;

    private final Engine engine;
    private final Vae vae;
    private final Part part;
    private final float epsilon;

    /** @param part the autoencoder, for the statistics */
    Flux2Codec(Engine engine, Vae vae, Part part) {
        this.engine = engine;
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
        Tensor picture = new Tensor(new long[] {1, vae.config().inChannels(), height, width}, pixels);
        LatentDistribution found = vae.encode(engine, picture, cancellation);
        int columns = width / vae.config().scaleFactor();
        return new LatentDistribution(squares(found.mean(), columns), squares(found.logvar(), columns));
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
        int height = size.height() * SQUARE;
        int width = size.width() * SQUARE;
        int factor = vae.config().scaleFactor();
        Tensor tensor =
                new Tensor(new long[] {1, vae.config().latentChannels(), height, width}, apart(unscaled, size.width()));
        float[] pixels = vae.decode(engine, tensor, cancellation);
        return Pixels.fromTensor(pixels, width * factor, height * factor);
    }

    @Override
    public List<Family.Load> decoderLoads(LatentSize size) {
        return List.of(new Family.Load(vae.decoder(), Shape.of(size.height() * SQUARE, size.width() * SQUARE)));
    }

    /** Each square of four latent pixels as four channels: channel, row, column. */
    private float[] squares(float[] latents, int width) {
        float[] squares = new float[latents.length];
        int columns = width / SQUARE;
        for (int i = 0; i < latents.length; i++) {
            squares[i] = latents[place(i, latents.length, columns)];
        }
        return squares;
    }

    /** The other way round; {@code columns} is how many squares lie beside each other. */
    private float[] apart(float[] squares, int columns) {
        float[] latents = new float[squares.length];
        for (int i = 0; i < squares.length; i++) {
            latents[place(i, squares.length, columns)] = squares[i];
        }
        return latents;
    }

    /** Where value {@code i} of the squares lies among the latents. */
    private int place(int i, int length, int columns) {
        int count = length / (vae.config().latentChannels() * SQUARE * SQUARE);
        int channel = i / count;
        int row = i % count / columns * SQUARE + channel % (SQUARE * SQUARE) / SQUARE;
        int column = i % columns * SQUARE + channel % SQUARE;
        int width = columns * SQUARE;
        return channel / (SQUARE * SQUARE) * count * SQUARE * SQUARE + row * width + column;
    }
}
