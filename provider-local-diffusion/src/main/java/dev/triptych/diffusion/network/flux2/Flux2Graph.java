package dev.triptych.diffusion.network.flux2;

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
 * The graph of FLUX.2's transformer as diffusers 0.42 computes it (models/transformers/transformer_flux2.py). Reference
 * pictures are tokens behind those of the picture.
 *
 * <p>Inputs: {@code sample} [1, channels, height, width], {@code encoder_hidden_states} [1, tokens, textWidth],
 * {@code timestep} [1, 1] of 0 to 1000, {@code references} [1, references, channels] where there are any,
 * {@code cosines} and {@code sines} [tokens + height · width + references, headSize / 2]. Output: {@code out_sample}
 * [1, channels, height, width].
 */
final class Flux2Graph {

    static final String TOKENS = "tokens";
    static final String REFERENCES = "references";

    private final Flux2Config config;
    private final Layers layers;
    private final Shape shape;

    private Flux2Graph(Flux2Config config, Weights weights, Shape shape) {
        this.config = config;
        this.layers = new Layers("flux2", weights);
        this.shape = shape;
    }

    /**
     * Builds the graph for one shape.
     *
     * @param shape height and width in tokens, tokens of the text and of references
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(Flux2Config config, Weights weights, Shape shape) {
        return new Flux2Graph(config, weights, shape).build();
    }

    private ModelGraph build() {
        long rows = shape.get("height");
        long columns = shape.get("width");
        long textTokens = shape.get(TOKENS);
        long references = shape.get(REFERENCES);
        long tokens = textTokens + rows * columns + references;
        Value sample = layers.input("sample", ElementType.FLOAT, 1, config.channels(), rows, columns);
        Value text = layers.input("encoder_hidden_states", ElementType.FLOAT, 1, textTokens, config.textWidth());
        Value time = layers.silu(time());
        Value packed = Patches.toTokens(layers, sample, 1, Patches.Order.CHANNEL_FIRST);
        if (references > 0) {
            packed = layers.concatTokens(
                    packed, layers.input(REFERENCES, ElementType.FLOAT, 1, references, config.channels()));
        }
        Flux2Blocks blocks = new Flux2Blocks(
                config,
                layers,
                time,
                layers.input("cosines", ElementType.FLOAT, tokens, config.headSize() / 2),
                layers.input("sines", ElementType.FLOAT, tokens, config.headSize() / 2));
        Flux2Blocks.Streams streams = new Flux2Blocks.Streams(
                Stream.of(layers, layers.matrix(text, "context_embedder", config.width())),
                Stream.of(layers, layers.matrix(packed, "x_embedder", config.width())));
        FirstBlock.Cut cut = new FirstBlock.Cut(layers, shape);
        for (int i = 0; i < config.doubleBlocks() && cut.computes(i); i++) {
            Flux2Blocks.Streams before = streams;
            streams = blocks.twofold(streams, i);
            if (i == 0 && !cut.isWhole()) {
                cut.first(
                        layers.tokens(before.picture().sum(layers), 0, rows * columns),
                        layers.tokens(streams.picture().sum(layers), 0, rows * columns));
            }
        }
        Stream joined = streams.joined(layers);
        for (int i = 0; i < config.singleBlocks() && cut.computes(config.doubleBlocks() + i); i++) {
            joined = blocks.onefold(joined, i);
        }
        Value picture = cut.end(layers.tokens(joined.sum(layers), textTokens, rows * columns));
        List<Value> last = Modulation.vectorsWithoutBias(layers, time, "norm_out.linear", 2, config.width());
        Value normal = Modulation.norm(layers, picture, last.get(1), last.get(0), config.epsilon());
        Value values = layers.matrix(normal, "proj_out", config.channels());
        layers.output("out_sample", Patches.toPicture(layers, values, 1, rows, columns, Patches.Order.CHANNEL_FIRST));
        return layers.finish();
    }

    /** The time as a vector [1, width]. */
    private Value time() {
        String prefix = "time_guidance_embed.timestep_embedder.";
        Value number = layers.input("timestep", ElementType.FLOAT, 1, 1);
        Value vector = Embeddings.sinusoid(layers, number, config.timeChannels(), true, 0);
        Value hidden = layers.silu(layers.matrix(vector, prefix + "linear_1", config.width()));
        return layers.matrix(hidden, prefix + "linear_2", config.width());
    }
}
