package dev.triptych.diffusion.network.zimage;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Embeddings;
import dev.triptych.diffusion.network.layers.FirstBlock;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Modulation;
import dev.triptych.diffusion.network.layers.Patches;
import dev.triptych.diffusion.network.layers.RmsNorm;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.zimage.ZImageBlocks.Sequence;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;

/**
 * The graph of Z-Image's transformer as diffusers 0.42 computes it (models/transformers/transformer_z_image.py).
 * Picture and text are filled up to whole multiples of 32 tokens with a learnt token each, which is seen like any
 * other.
 *
 * <p>Inputs: {@code sample} [1, channels, height, width], {@code cap_feats} [1, tokens, textWidth], {@code timestep}
 * [1, 1] of 0 to timeScale, where 0 is noise, {@code cosines} and {@code sines} [picture tokens + text tokens, both
 * filled up, headSize / 2]. Output: {@code out_sample} [1, channels, height, width].
 */
final class ZImageGraph {

    static final String TOKENS = "tokens";

    /** Latent pixels of a token along each axis. */
    static final int PATCH = 2;

    /** Sequences are as long as a multiple of it. */
    private static final int MULTIPLE = 32;

    private static final int TIME_CHANNELS = 256;
    private static final int TIME_HIDDEN = 1024;
    private static final int MAX_TIME_WIDTH = 256;
    private static final float FINAL_EPSILON = 1e-6f;
    private static final String SIZE = "2-1";

    private final ZImageConfig config;
    private final Layers layers;
    private final Shape shape;

    private ZImageGraph(ZImageConfig config, Weights weights, Shape shape) {
        this.config = config;
        this.layers = new Layers("z_image", weights);
        this.shape = shape;
    }

    /**
     * Builds the graph for one shape.
     *
     * @param shape height and width in latent pixels, tokens of the text
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(ZImageConfig config, Weights weights, Shape shape) {
        return new ZImageGraph(config, weights, shape).build();
    }

    /** How many tokens a sequence of {@code tokens} has when it is filled up. */
    static int filled(int tokens) {
        return (tokens + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    }

    private ModelGraph build() {
        int rows = shape.get("height") / PATCH;
        int columns = shape.get("width") / PATCH;
        int pictureTokens = filled(rows * columns);
        int textTokens = filled(shape.get(TOKENS));
        Value sample = layers.input(
                "sample", ElementType.FLOAT, 1, config.channels(), shape.get("height"), shape.get("width"));
        Value time = time();
        int half = config.headSize() / 2;
        Value cosines = layers.input("cosines", ElementType.FLOAT, pictureTokens + textTokens, half);
        Value sines = layers.input("sines", ElementType.FLOAT, pictureTokens + textTokens, half);
        ZImageBlocks blocks = new ZImageBlocks(config, layers);
        Sequence picture = new Sequence(
                picture(sample, pictureTokens), top(cosines, 0, pictureTokens), top(sines, 0, pictureTokens));
        Sequence text = new Sequence(
                text(textTokens), top(cosines, pictureTokens, textTokens), top(sines, pictureTokens, textTokens));
        for (int i = 0; i < config.refiners(); i++) {
            picture = blocks.modulated(picture, time, "noise_refiner." + i + ".");
            text = blocks.plain(text, "context_refiner." + i + ".");
        }
        Sequence both = new Sequence(layers.concatTokens(picture.x(), text.x()), cosines, sines);
        long pixels = (long) rows * columns;
        FirstBlock.Cut cut = new FirstBlock.Cut(layers, shape);
        for (int i = 0; i < config.layers() && cut.computes(i); i++) {
            Sequence before = both;
            both = blocks.modulated(both, time, "layers." + i + ".");
            if (i == 0 && !cut.isWhole()) {
                cut.first(layers.tokens(before.x(), 0, pixels), layers.tokens(both.x(), 0, pixels));
            }
        }
        Value values = last(cut.end(layers.tokens(both.x(), 0, pixels)), time);
        layers.output(
                "out_sample", Patches.toPicture(layers, values, PATCH, rows, columns, Patches.Order.CHANNEL_LAST));
        return layers.finish();
    }

    /** The time as a vector [1, its width]. */
    private Value time() {
        Value number = layers.input("timestep", ElementType.FLOAT, 1, 1);
        Value vector = Embeddings.sinusoid(layers, number, TIME_CHANNELS, true, 0);
        Value hidden = layers.silu(layers.linear(vector, "t_embedder.mlp.0", TIME_HIDDEN));
        return layers.linear(hidden, "t_embedder.mlp.2", Math.min(config.width(), MAX_TIME_WIDTH));
    }

    private Value picture(Value sample, int filled) {
        Value packed = Patches.toTokens(layers, sample, PATCH, Patches.Order.CHANNEL_LAST);
        return filled(layers.linear(packed, "all_x_embedder." + SIZE, config.width()), filled, "x_pad_token");
    }

    private Value text(int filled) {
        Value told = layers.input("cap_feats", ElementType.FLOAT, 1, shape.get(TOKENS), config.textWidth());
        Value normal = RmsNorm.of(layers, told, "cap_embedder.0.weight", config.epsilon());
        return filled(layers.linear(normal, "cap_embedder.1", config.width()), filled, "cap_pad_token");
    }

    private Value filled(Value x, int tokens, String padding) {
        long missing = tokens - x.dim(1);
        if (missing == 0) {
            return x;
        }
        Value token = layers.weights().floats(padding, 1, config.width());
        return layers.concatTokens(x, layers.add(layers.zeros(1, missing, config.width()), token));
    }

    /** Some rows of a table. */
    private Value top(Value table, long first, long count) {
        Value rows = layers.reshape(table, 1, table.dim(0), table.dim(1));
        return layers.reshape(layers.tokens(rows, first, count), count, table.dim(1));
    }

    private Value last(Value x, Value time) {
        String prefix = "all_final_layer." + SIZE;
        Value scale = Modulation.vectors(layers, layers.silu(time), prefix + ".adaLN_modulation.1", 1, config.width())
                .get(0);
        Value shift = layers.zeros(config.width());
        Value normal = Modulation.norm(layers, x, shift, scale, FINAL_EPSILON);
        return layers.linear(normal, prefix + ".linear", (long) PATCH * PATCH * config.channels());
    }
}
