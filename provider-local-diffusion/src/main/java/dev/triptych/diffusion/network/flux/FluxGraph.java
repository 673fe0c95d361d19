package dev.triptych.diffusion.network.flux;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Embeddings;
import dev.triptych.diffusion.network.layers.FirstBlock;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Modulation;
import dev.triptych.diffusion.network.layers.Modulation.Stream;
import dev.triptych.diffusion.network.layers.Patches;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;

/**
 * The graph of FLUX.1's transformer as diffusers 0.42 computes it (models/transformers/transformer_flux.py), with the
 * packing of latents into tokens that its pipeline does.
 *
 * <p>Inputs: {@code sample} [1, inChannels / 4, height, width], {@code encoder_hidden_states} [1, tokens, textWidth],
 * {@code pooled_projections} [1, pooledWidth], {@code timestep} [1, 1] of 0 to 1000, {@code guidance} [1, 1] a thousand
 * times the guidance scale, where the config has it, {@code cosines} and {@code sines} [tokens + height · width / 4,
 * headSize / 2]. Output: {@code out_sample} [1, inChannels / 4, height, width].
 */
final class FluxGraph {

    static final String TOKENS = "tokens";

    /** Latent pixels of a token along each axis. */
    static final int PATCH = 2;

    private static final int TIME_CHANNELS = 256;
    private static final float EPSILON = 1e-6f;

    private final FluxConfig config;
    private final Layers layers;
    private final Shape shape;

    private FluxGraph(FluxConfig config, Weights weights, Shape shape) {
        this.config = config;
        this.layers = new Layers("flux", weights);
        this.shape = shape;
    }

    /**
     * Builds the graph for one shape.
     *
     * @param shape height and width in latent pixels, tokens of the text
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(FluxConfig config, Weights weights, Shape shape) {
        return new FluxGraph(config, weights, shape).build();
    }

    private ModelGraph build() {
        long rows = shape.get("height") / PATCH;
        long columns = shape.get("width") / PATCH;
        long textTokens = shape.get(TOKENS);
        Value sample =
                layers.input("sample", ElementType.FLOAT, 1, config.latentChannels(), rows * PATCH, columns * PATCH);
        Value text = layers.input("encoder_hidden_states", ElementType.FLOAT, 1, textTokens, config.textWidth());
        Value conditioning = layers.silu(conditioning());
        long tokens = textTokens + rows * columns;
        FluxBlocks blocks = new FluxBlocks(
                config,
                layers,
                conditioning,
                layers.input("cosines", ElementType.FLOAT, tokens, config.headSize() / 2),
                layers.input("sines", ElementType.FLOAT, tokens, config.headSize() / 2));
        Value packed = Patches.toTokens(layers, sample, PATCH, Patches.Order.CHANNEL_FIRST);
        FluxBlocks.Streams streams = new FluxBlocks.Streams(
                Stream.of(layers, layers.linear(text, "context_embedder", config.width())),
                Stream.of(layers, layers.linear(packed, "x_embedder", config.width())));
        FirstBlock.Cut cut = new FirstBlock.Cut(layers, shape);
        for (int i = 0; i < config.doubleBlocks() && cut.computes(i); i++) {
            FluxBlocks.Streams before = streams;
            streams = blocks.twofold(streams, i);
            if (i == 0 && !cut.isWhole()) {
                cut.first(before.picture().sum(layers), streams.picture().sum(layers));
            }
        }
        Stream joined = streams.joined(layers);
        for (int i = 0; i < config.singleBlocks() && cut.computes(config.doubleBlocks() + i); i++) {
            joined = blocks.onefold(joined, i);
        }
        Value picture = cut.end(layers.tokens(joined.sum(layers), textTokens, rows * columns));
        List<Value> last = Modulation.vectors(layers, conditioning, "norm_out.linear", 2, config.width());
        Value normal = Modulation.norm(layers, picture, last.get(1), last.get(0), EPSILON);
        Value values = layers.linear(normal, "proj_out", config.inChannels());
        layers.output(
                "out_sample", Patches.toPicture(layers, values, PATCH, rows, columns, Patches.Order.CHANNEL_FIRST));
        return layers.finish();
    }

    /** Time, guidance and pooled text, [1, width]. */
    private Value conditioning() {
        Value sum = sinusoid("timestep", "time_text_embed.timestep_embedder");
        if (config.guidance()) {
            sum = layers.add(sum, sinusoid("guidance", "time_text_embed.guidance_embedder"));
        }
        Value pooled = layers.input("pooled_projections", ElementType.FLOAT, 1, config.pooledWidth());
        return layers.add(sum, Embeddings.twoMatrices(layers, pooled, "time_text_embed.text_embedder", config.width()));
    }

    private Value sinusoid(String input, String prefix) {
        Value number = layers.input(input, ElementType.FLOAT, 1, 1);
        Value vector = Embeddings.sinusoid(layers, number, TIME_CHANNELS, true, 0);
        return Embeddings.twoMatrices(layers, vector, prefix, config.width());
    }
}
