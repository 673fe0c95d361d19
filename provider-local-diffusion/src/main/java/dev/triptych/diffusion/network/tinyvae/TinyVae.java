package dev.triptych.diffusion.network.tinyvae;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.weights.Weights;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A tiny autoencoder (TAESD and kin) as two networks over the weights of one part. It speaks the denoiser's latents:
 * nothing is scaled. Its decoder takes a hundredth of a large one's time, and shows less fine detail. Immutable.
 */
public final class TinyVae {

    private final TinyVaeConfig config;
    private final Half encoder;
    private final Half decoder;

    private TinyVae(TinyVaeConfig config, Part part) {
        this.config = config;
        this.encoder = new Half("tiny VAE encoder", config, part, TinyVaeGraphs::encoder);
        this.decoder = new Half("tiny VAE decoder", config, part, TinyVaeGraphs::decoder);
    }

    /**
     * The tiny autoencoder in {@code part}.
     *
     * @throws ModelLoadException if its config asks for what we have no graph for
     */
    public static TinyVae open(Part part) {
        if (part.onnx().isPresent()) {
            throw new ModelLoadException(part.location() + " must hold the weights of a tiny autoencoder but holds a"
                    + " ready-made ONNX model");
        }
        return new TinyVae(TinyVaeConfig.read(part.config()), part);
    }

    /** The config. */
    public TinyVaeConfig config() {
        return config;
    }

    /** The way from latents to pixels; its shape is in latent pixels. */
    public Network decoder() {
        return decoder;
    }

    /** The way from pixels to latents; its shape is in pixels. */
    public Network encoder() {
        return encoder;
    }

    /**
     * The picture that latents stand for.
     *
     * @param latents [1, latentChannels, height, width] as the denoiser has them
     * @return [3, height · f, width · f] about in [−1, 1]
     */
    public float[] decode(Engine engine, Tensor latents, Cancellation cancellation) {
        return run(engine, decoder, latents, "latent_sample", "sample", cancellation);
    }

    /**
     * The latents of a picture.
     *
     * @param pixels [1, 3, height, width] in [−1, 1], both edges multiples of f
     * @return [latentChannels, height / f, width / f] as the denoiser has them
     */
    public float[] encode(Engine engine, Tensor pixels, Cancellation cancellation) {
        return run(engine, encoder, pixels, "sample", "latent_sample", cancellation);
    }

    private static float[] run(
            Engine engine, Half half, Tensor input, String feed, String output, Cancellation cancellation) {
        Shape shape = Shape.of((int) input.shape()[2], (int) input.shape()[3]);
        return Objects.requireNonNull(engine.run(half, shape, Map.of(feed, input), Set.of(output), cancellation)
                        .get(output))
                .values();
    }

    /** One of the two ways. */
    private record Half(String label, TinyVaeConfig config, Part part, GraphOf graphOf) implements Network {

        @Override
        public String source() {
            return part.location().toString();
        }

        @Override
        public String identity() {
            return label + " " + part.location() + " " + config;
        }

        @Override
        public SessionProfile profile() {
            return SessionProfile.MOMENTARY;
        }

        @Override
        public ModelGraph graph(Shape shape) {
            return graphOf.build(config, part.weights(), shape.get("height"), shape.get("width"));
        }
    }

    /** Builds the graph of one way. */
    @FunctionalInterface
    private interface GraphOf {
        ModelGraph build(TinyVaeConfig config, Weights weights, int height, int width);
    }
}
