package dev.triptych.diffusion.network.flux;

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
 * FLUX.1's blocks: double ones, in which text and picture have weights of their own, then single ones, in which they
 * are one sequence; the text's tokens before the picture's. Reference: diffusers 0.42,
 * models/transformers/transformer_flux.py.
 */
final class FluxBlocks {

    private static final float EPSILON = 1e-6f;

    private final FluxConfig config;
    private final Layers layers;
    private final Value conditioning;
    private final Value cosines;
    private final Value sines;

    /**
     * @param conditioning time, guidance and pooled text, activated, [1, width]
     * @param cosines of the positions of text and picture, [tokens, headSize / 2]
     * @param sines as many
     */
    FluxBlocks(FluxConfig config, Layers layers, Value conditioning, Value cosines, Value sines) {
        this.config = config;
        this.layers = layers;
        this.conditioning = conditioning;
        this.cosines = cosines;
        this.sines = sines;
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
        List<Value> ofPicture = vectors(block + "norm1.linear", 6);
        List<Value> ofText = vectors(block + "norm1_context.linear", 6);
        Layers.Normalised picture = norm(streams.picture(), ofPicture.get(0), ofPicture.get(1));
        Layers.Normalised text = norm(streams.text(), ofText.get(0), ofText.get(1));
        Value attended = side(text.value(), block + "attn.", "add_%s_proj", "norm_added_%s")
                .then(layers, side(picture.value(), block + "attn.", "to_%s", "norm_%s"))
                .turned(layers, cosines, sines, Rotary.Pairs.NEIGHBOURS)
                .attended(layers, config.heads());
        long tokens = text.value().dim(1);
        Value toText = layers.tokens(attended, 0, tokens);
        Value toPicture = layers.tokens(attended, tokens, picture.value().dim(1));
        Value textAdded = layers.multiply(linear(toText, block + "attn.to_add_out"), ofText.get(2));
        Value pictureAdded = layers.multiply(linear(toPicture, block + "attn.to_out.0"), ofPicture.get(2));
        return new Streams(
                feedForward(new Stream(text.sum(), textAdded), ofText, block + "ff_context.net"),
                feedForward(new Stream(picture.sum(), pictureAdded), ofPicture, block + "ff.net"));
    }

    /** What a single block makes of text and picture as one sequence: attention and feed-forward beside each other. */
    Stream onefold(Stream stream, int index) {
        String block = "single_transformer_blocks." + index + ".";
        List<Value> vectors = vectors(block + "norm.linear", 3);
        Layers.Normalised normal = norm(stream, vectors.get(0), vectors.get(1));
        Value attended = side(normal.value(), block + "attn.", "to_%s", "norm_%s")
                .turned(layers, cosines, sines, Rotary.Pairs.NEIGHBOURS)
                .attended(layers, config.heads());
        Value hidden = layers.linear(normal.value(), block + "proj_mlp", 4L * config.width());
        Value both = layers.concatLast(attended, layers.activation(hidden, "gelu_new"));
        return new Stream(normal.sum(), layers.multiply(linear(both, block + "proj_out"), vectors.get(2)));
    }

    private Stream feedForward(Stream stream, List<Value> vectors, String prefix) {
        Layers.Normalised normal = norm(stream, vectors.get(3), vectors.get(4));
        Value back = FeedForward.gelu(layers, normal.value(), prefix, config.width());
        return new Stream(normal.sum(), layers.multiply(back, vectors.get(5)));
    }

    private JointAttention side(Value x, String attention, String matrix, String norm) {
        return new JointAttention(
                perHead(linear(x, attention + matrix.formatted("q")), attention + norm.formatted("q")),
                perHead(linear(x, attention + matrix.formatted("k")), attention + norm.formatted("k")),
                linear(x, attention + matrix.formatted("v")));
    }

    private Value perHead(Value x, String prefix) {
        return RmsNorm.ofHeads(layers, x, prefix + ".weight", config.heads(), EPSILON);
    }

    private Layers.Normalised norm(Stream stream, Value shift, Value scale) {
        return Modulation.norm(layers, stream.x(), stream.addend(), shift, scale, EPSILON);
    }

    private List<Value> vectors(String prefix, int parts) {
        return Modulation.vectors(layers, conditioning, prefix, parts, config.width());
    }

    private Value linear(Value x, String prefix) {
        return layers.linear(x, prefix, config.width());
    }
}
