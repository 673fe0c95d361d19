package dev.triptych.diffusion.network.mmdit;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Embeddings;
import dev.triptych.diffusion.network.layers.FirstBlock;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Modulation;
import dev.triptych.diffusion.network.layers.Modulation.Stream;
import dev.triptych.diffusion.network.layers.Patches;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * The graph of Stable Diffusion 3's transformer (Esser et al. 2024, section 4) as diffusers 0.42 computes it
 * (models/transformers/transformer_sd3.py).
 *
 * <p>Inputs: {@code sample} [1, inChannels, height, width], {@code encoder_hidden_states} [1, tokens, textWidth],
 * {@code pooled_projections} [1, pooledWidth], {@code timestep} [1, 1] in training steps. Output: {@code out_sample}
 * [1, outChannels, height, width].
 */
final class MmditGraph {

    static final String TOKENS = "tokens";

    /** Before the number of a block that is left out. */
    static final String WITHOUT = "without block ";

    private static final int TIME_CHANNELS = 256;
    private static final float EPSILON = 1e-6f;

    private final MmditConfig config;
    private final Layers layers;
    private final Shape shape;

    private MmditGraph(MmditConfig config, Weights weights, Shape shape) {
        this.config = config;
        this.layers = new Layers("mmdit", weights);
        this.shape = shape;
    }

    /**
     * Builds the graph for one shape.
     *
     * @param shape height and width in latent pixels, tokens of the text, blocks that are left out
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(MmditConfig config, Weights weights, Shape shape) {
        return new MmditGraph(config, weights, shape).build();
    }

    private ModelGraph build() {
        Value sample = layers.input(
                "sample", ElementType.FLOAT, 1, config.inChannels(), shape.get("height"), shape.get("width"));
        Value text = layers.input("encoder_hidden_states", ElementType.FLOAT, 1, shape.get(TOKENS), config.textWidth());
        Value conditioning = layers.silu(conditioning());
        MmditBlocks blocks = new MmditBlocks(config, layers, conditioning);
        int patch = config.patchSize();
        Value patches = layers.convolution(sample, "pos_embed.proj", config.width(), patch, patch, 0, 0, 0, 0);
        MmditBlocks.Streams streams = new MmditBlocks.Streams(
                new Stream(layers.toSequence(patches), positions((int) patches.dim(2), (int) patches.dim(3))),
                Stream.of(layers, layers.linear(text, "context_embedder", config.width())));
        FirstBlock.Cut cut = new FirstBlock.Cut(layers, shape);
        for (int i = 0; i < config.layers() && cut.computes(i); i++) {
            MmditBlocks.Streams before = streams;
            if (shape.get(WITHOUT + i) == 0) {
                streams = blocks.apply(streams, i);
            }
            if (i == 0 && !cut.isWhole()) {
                cut.first(before.picture().sum(layers), streams.picture().sum(layers));
            }
        }
        Stream picture = cut.isWhole()
                ? streams.picture()
                : Stream.of(layers, cut.end(streams.picture().sum(layers)));
        List<Value> last = Modulation.vectors(layers, conditioning, "norm_out.linear", 2, config.width());
        Value normal = Modulation.norm(layers, picture.x(), picture.addend(), last.get(1), last.get(0), EPSILON)
                .value();
        Value values = layers.linear(normal, "proj_out", (long) patch * patch * config.outChannels());
        layers.output("out_sample", Patches.toPicture(layers, values, patch, patches, Patches.Order.CHANNEL_LAST));
        return layers.finish();
    }

    /** Time and pooled text, [1, width]. */
    private Value conditioning() {
        Value timestep = layers.input("timestep", ElementType.FLOAT, 1, 1);
        Value pooled = layers.input("pooled_projections", ElementType.FLOAT, 1, config.pooledWidth());
        Value time = Embeddings.sinusoid(layers, timestep, TIME_CHANNELS, true, 0);
        return layers.add(
                Embeddings.twoMatrices(layers, time, "time_text_embed.timestep_embedder", config.width()),
                Embeddings.twoMatrices(layers, pooled, "time_text_embed.text_embedder", config.width()));
    }

    /** The middle of the table of positions, as large as the picture, [1, rows · columns, width]. */
    private Value positions(int rows, int columns) {
        int size = config.positions();
        if (rows > size || columns > size) {
            throw new IllegalArgumentException(
                    "a picture must have at most " + size + " tokens along each axis but has " + columns + "x" + rows);
        }
        int top = (size - rows) / 2;
        int left = (size - columns) / 2;
        List<String> parts = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            long first = (long) (top + row) * size + left;
            parts.add(layers.weights()
                    .tableRows("pos_embed.pos_embed", first, columns, (long) size * size, config.width())
                    .name());
        }
        String all = layers.graph().node("Concat", parts, Attribute.of("axis", 0));
        long tokens = (long) rows * columns;
        return layers.reshape(new Value(all, tokens, config.width()), 1, tokens, config.width());
    }
}
