package dev.triptych.diffusion.network.vae;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * An autoencoder as two networks over the weights of one part of a checkpoint: pixels to latents and back. Latents are
 * as the networks have them, without the pipeline's scaling. Immutable.
 */
public final class Vae {

    private static final float MIN_LOGVAR = -30;
    private static final float MAX_LOGVAR = 20;

    private final VaeConfig config;
    private final Half encoder;
    private final Half decoder;
    private final Tiled tiledEncoder;
    private final Tiled tiledDecoder;

    /**
     * A way for pictures that are worked on in tiles.
     *
     * @param telling tells the numbers that its normalisations went by
     * @param given normalises by such numbers
     */
    private record Tiled(Half telling, Half given) {}

    /**
     * The autoencoder of {@code config}.
     *
     * @param encoder the part that holds the encoder; often the decoder's too
     * @param decoder the part that holds the decoder
     */
    public Vae(VaeConfig config, Part encoder, Part decoder) {
        this.config = config;
        this.encoder = new Half("VAE encoder", config, encoder, VaeEncoderGraph::build, GroupStatistics::own);
        this.decoder = new Half("VAE decoder", config, decoder, VaeDecoderGraph::build, GroupStatistics::own);
        this.tiledEncoder = tiled("VAE encoder", encoder, VaeEncoderGraph::build, config.encoderStatistics());
        this.tiledDecoder = tiled("VAE decoder", decoder, VaeDecoderGraph::build, config.decoderStatistics());
    }

    private Tiled tiled(String label, Part part, GraphOf graph, int numbers) {
        return new Tiled(
                new Half(label + " (statistics)", config, part, graph, GroupStatistics::told),
                new Half(label + " (tile)", config, part, graph, () -> GroupStatistics.given(numbers)));
    }

    /** The config. */
    public VaeConfig config() {
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
     * Checks that the decoder's weights are there, of the right shapes, and finite unless they are very many: a damaged
     * decoder must not show after minutes of denoising.
     *
     * @throws dev.triptych.ModelLoadException naming the first tensor of which this is not so
     */
    public void check() {
        if (decoder.readyMade().isEmpty()) {
            Weights.checkFinite(decoder.graph(Shape.of(1, 1)).weights());
        }
    }

    /**
     * The picture that latents stand for.
     *
     * @param latents [1, latentChannels, height, width]
     * @return [3, height · f, width · f] about in [−1, 1]
     */
    public float[] decode(Engine engine, Tensor latents, Cancellation cancellation) {
        Map<String, Tensor> feeds = Map.of("latent_sample", latents, "sample", latents);
        return run(engine, decoder, latents, feeds, "sample", cancellation);
    }

    /**
     * The distribution of the latents of a picture.
     *
     * @param pixels [1, 3, height, width] in [−1, 1], both edges multiples of f
     * @return means and log-variances [latentChannels, height / f, width / f]
     */
    public LatentDistribution encode(Engine engine, Tensor pixels, Cancellation cancellation) {
        int factor = config.scaleFactor();
        long height = pixels.shape()[2];
        long width = pixels.shape()[3];
        if (height % factor != 0 || width % factor != 0) {
            throw new IllegalArgumentException(
                    "height and width must be multiples of " + factor + " but were " + height + " and " + width);
        }
        float[] parameters = run(engine, encoder, pixels, Map.of("sample", pixels), "latent_parameters", cancellation);
        return distribution(
                parameters, Math.toIntExact(config.latentChannels() * (height / factor) * (width / factor)));
    }

    /**
     * The distribution that an encoder's answer stands for.
     *
     * @param parameters means, then log-variances; of an old export {@code size} samples that it drew itself
     * @param size how many latent values there are
     */
    public static LatentDistribution distribution(float[] parameters, int size) {
        float[] logvar = new float[size];
        if (parameters.length == size) { // Nothing is left to vary.
            Arrays.fill(logvar, MIN_LOGVAR);
            return new LatentDistribution(parameters, logvar);
        }
        for (int i = 0; i < size; i++) {
            logvar[i] = Math.max(MIN_LOGVAR, Math.min(MAX_LOGVAR, parameters[size + i]));
        }
        return new LatentDistribution(Arrays.copyOf(parameters, size), logvar);
    }

    /** Whether pictures can be worked on in tiles: not by a ready-made ONNX model. */
    public boolean tiles() {
        return encoder.readyMade().isEmpty() && decoder.readyMade().isEmpty();
    }

    /** The way from latents to pixels for a tile of them, which is normalised by given numbers. */
    public Network tileDecoder() {
        return tiledDecoder.given();
    }

    /** The way from pixels to latents for a tile of them, which is normalised by given numbers. */
    public Network tileEncoder() {
        return tiledEncoder.given();
    }

    /** The numbers that the decoder's normalisations go by for {@code latents} [1, latentChannels, height, width]. */
    public Tensor decoderStatistics(Engine engine, Tensor latents, Cancellation cancellation) {
        Map<String, Tensor> feeds = Map.of("latent_sample", latents);
        return statistics(run(engine, tiledDecoder.telling(), latents, feeds, GroupStatistics.NAME, cancellation));
    }

    /** The numbers that the encoder's normalisations go by for {@code pixels} [1, 3, height, width]. */
    public Tensor encoderStatistics(Engine engine, Tensor pixels, Cancellation cancellation) {
        Map<String, Tensor> feeds = Map.of("sample", pixels);
        return statistics(run(engine, tiledEncoder.telling(), pixels, feeds, GroupStatistics.NAME, cancellation));
    }

    private static Tensor statistics(float[] numbers) {
        return new Tensor(new long[] {numbers.length}, numbers);
    }

    /**
     * The pixels of a tile of latents.
     *
     * @param statistics what {@link #decoderStatistics} gave
     * @return [3, height · f, width · f] about in [−1, 1]
     */
    public float[] decodeTile(Engine engine, Tensor latents, Tensor statistics, Cancellation cancellation) {
        Map<String, Tensor> feeds = Map.of("latent_sample", latents, GroupStatistics.NAME, statistics);
        return run(engine, tiledDecoder.given(), latents, feeds, "sample", cancellation);
    }

    /**
     * The distribution of the latents of a tile of pixels.
     *
     * @param statistics what {@link #encoderStatistics} gave
     * @return means, then log-variances, not limited; [2 · latentChannels, height / f, width / f]
     */
    public float[] encodeTile(Engine engine, Tensor pixels, Tensor statistics, Cancellation cancellation) {
        Map<String, Tensor> feeds = Map.of("sample", pixels, GroupStatistics.NAME, statistics);
        return run(engine, tiledEncoder.given(), pixels, feeds, "latent_parameters", cancellation);
    }

    private static float[] run(
            Engine engine,
            Half half,
            Tensor input,
            Map<String, Tensor> feeds,
            String output,
            Cancellation cancellation) {
        Shape shape = Shape.of((int) input.shape()[2], (int) input.shape()[3]);
        return Objects.requireNonNull(engine.run(half, shape, feeds, Set.of(output), cancellation)
                        .get(output))
                .values();
    }

    /** Old files name the attention's matrices query, key, value and proj_attn. */
    private static String newName(String name) {
        return name.contains(".attentions.")
                ? name.replace(".query.", ".to_q.")
                        .replace(".key.", ".to_k.")
                        .replace(".value.", ".to_v.")
                        .replace(".proj_attn.", ".to_out.0.")
                : name;
    }

    /** One of the two ways. */
    private record Half(
            String label, VaeConfig config, Part part, GraphOf graphOf, Supplier<GroupStatistics> statistics)
            implements Network {

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
            return graphOf.build(
                    config,
                    part.weights().renamed(Vae::newName),
                    shape.get("height"),
                    shape.get("width"),
                    statistics.get());
        }

        @Override
        public Optional<Path> readyMade() {
            return part.onnx();
        }

        @Override
        public String feedFor(Port input) {
            if (part.onnx().isEmpty()) {
                return input.name();
            }
            return input.name().startsWith("latent") ? "latent_sample" : "sample";
        }

        @Override
        public String outputFor(String ours, Collection<Port> outputs) {
            return Unet.onlyPicture(label, outputs);
        }
    }

    /** Builds the graph of one way. */
    @FunctionalInterface
    private interface GraphOf {
        ModelGraph build(VaeConfig config, Weights weights, int height, int width, GroupStatistics statistics);
    }
}
