package dev.triptych.diffusion.network.flux2;

import dev.triptych.diffusion.network.layers.FeedForward;
import dev.triptych.diffusion.network.layers.JointAttention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Modulation;
import dev.triptych.diffusion.network.layers.Modulation.Stream;
import dev.triptych.diffusion.network.layers.RmsNorm;
import dev.triptych.diffusion.network.layers.Rotary;
import dev.triptych.diffusion.network.layers.Value;
import java.util.List;

/**
 * FLUX.2's blocks: FLUX.1's without biases, with SwiGLU, and with one modulation for all blocks of a kind; the text's
 * tokens before the picture's. Reference: diffusers 0.42, models/transformers/transformer_flux2.py.
 */
final class Flux2Blocks {

    private final Flux2Config config;
    private final Layers layers;
    private final Value cosines;
    private final Value sines;
    private final List<Value> ofPicture;
    private final List<Value> ofText;
    private final List<Value> ofBoth;

    /**
     * @param time the time, activated, [1, width]
     * @param cosines of the positions of text and picture, [tokens, headSize / 2]
     * @param sines as many
     */
    Flux2Blocks(Flux2Config config, Layers layers, Value time, Value cosines, Value sines) {
        this.config = config;
        this.layers = layers;
        this.cosines = cosines;
        this.sines = sines;
        this.ofPicture = vectors(time, "double_stream_modulation_img.linear", 6);
        this.ofText = vectors(time, "double_stream_modulation_txt.linear", 6);
        this.ofBoth = vectors(time, "single_stream_modulation.linear", 3);
    }

    /** Text and picture as they run beside each other. */
    record Streams(Stream text, Stream picture) {

        /** Both as one sequence. */
        Stream joined(Layers layers) {
            return new Stream(
                    layers.concatTokens(text.x(), picture.x()), layers.concatTokens(text.addend(), picture.addend()));
        }
    }

    /** What a double block makes of both. */
    Streams twofold(Streams streams, int index) {
        String block = "transformer_blocks." + index + ".";
        Layers.Normalised picture = norm(streams.picture(), ofPicture.get(0), ofPicture.get(1));
        Layers.Normalised text = norm(streams.text(), ofText.get(0), ofText.get(1));
        Value attended = side(text.value(), block + "attn.", "add_%s_proj", "norm_added_%s")
                .then(layers, side(picture.value(), block + "attn.", "to_%s", "norm_%s"))
                .turned(layers, cosines, sines, Rotary.Pairs.NEIGHBOURS)
                .attended(layers, config.heads());
        long tokens = text.value().dim(1);
        Value toText = layers.tokens(attended, 0, tokens);
        Value toPicture = layers.tokens(attended, tokens, picture.value().dim(1));
        Value textAdded = layers.multiply(matrix(toText, block + "attn.to_add_out"), ofText.get(2));
        Value pictureAdded = layers.multiply(matrix(toPicture, block + "attn.to_out.0"), ofPicture.get(2));
        return new Streams(
                feedForward(new Stream(text.sum(), textAdded), ofText, block + "ff_context."),
                feedForward(new Stream(picture.sum(), pictureAdded), ofPicture, block + "ff."));
    }

    /** What a single block makes of text and picture as one sequence: attention and feed-forward beside each other. */
    Stream onefold(Stream stream, int index) {
        String attention = "single_transformer_blocks." + index + ".attn.";
        Layers.Normalised normal = norm(stream, ofBoth.get(0), ofBoth.get(1));
        Value attended = new JointAttention(
                        perHead(rows(normal.value(), attention, 0, config.width()), attention + "norm_q"),
                        perHead(rows(normal.value(), attention, 1, config.width()), attention + "norm_k"),
                        rows(normal.value(), attention, 2, config.width()))
                .turned(layers, cosines, sines, Rotary.Pairs.NEIGHBOURS)
                .attended(layers, config.heads());
        Value hidden = FeedForward.swiGlu(layers, rows(normal.value(), attention, 3, 2L * config.hiddenSize()));
        Value added = matrix(layers.concatLast(attended, hidden), attention + "to_out");
        return new Stream(normal.sum(), layers.multiply(added, ofBoth.get(2)));
    }

    /**
     * A part of the matrix that queries, keys, values and the feed-forward network share, as many widths from its top.
     */
    private Value rows(Value x, String attention, int widths, long count) {
        long all = 3L * config.width() + 2L * config.hiddenSize();
        return layers.matrixRows(x, attention + "to_qkv_mlp_proj", all, (long) widths * config.width(), count);
    }

    private Stream feedForward(Stream stream, List<Value> vectors, String prefix) {
        Layers.Normalised normal = norm(stream, vectors.get(3), vectors.get(4));
        Value both = layers.matrix(normal.value(), prefix + "linear_in", 2L * config.hiddenSize());
        Value back = matrix(FeedForward.swiGlu(layers, both), prefix + "linear_out");
        return new Stream(normal.sum(), layers.multiply(back, vectors.get(5)));
    }

    private JointAttention side(Value x, String attention, String matrix, String norm) {
        return new JointAttention(
                perHead(matrix(x, attention + matrix.formatted("q")), attention + norm.formatted("q")),
                perHead(matrix(x, attention + matrix.formatted("k")), attention + norm.formatted("k")),
                matrix(x, attention + matrix.formatted("v")));
    }

    private Value perHead(Value x, String prefix) {
        return RmsNorm.ofHeads(layers, x, prefix + ".weight", config.heads(), config.epsilon());
    }

    private Layers.Normalised norm(Stream stream, Value shift, Value scale) {
        return Modulation.norm(layers, stream.x(), stream.addend(), shift, scale, config.epsilon());
    }

    private List<Value> vectors(Value time, String prefix, int parts) {
        return Modulation.vectorsWithoutBias(layers, time, prefix, parts, config.width());
    }

    private Value matrix(Value x, String prefix) {
        return layers.matrix(x, prefix, config.width());
    }
}
