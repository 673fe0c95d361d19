package dev.triptych.diffusion.network.mmdit;

import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.FeedForward;
import dev.triptych.diffusion.network.layers.JointAttention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Modulation;
import dev.triptych.diffusion.network.layers.Modulation.Stream;
import dev.triptych.diffusion.network.layers.RmsNorm;
import dev.triptych.diffusion.network.layers.Value;
import java.util.List;

/**
 * The joint blocks of an MMDiT: Esser et al. (2024), figure 2b. Picture and text with weights of their own look at each
 * other, the picture's tokens before the text's. Reference: diffusers 0.42, models/attention.py,
 * {@code JointTransformerBlock}.
 */
final class MmditBlocks {

    private static final float EPSILON = 1e-6f;

    /**
     * A stream's vectors: shift, scale and gate of the attention, shift, scale and gate of the feed-forward network.
     */
    private static final int VECTORS = 6;

    /** Dual attention has three more: shift, scale and gate. */
    private static final int DUAL_VECTORS = 9;

    private final MmditConfig config;
    private final Layers layers;
    private final Value conditioning;

    /** @param conditioning time and pooled text, activated, [1, width] */
    MmditBlocks(MmditConfig config, Layers layers, Value conditioning) {
        this.config = config;
        this.layers = layers;
        this.conditioning = conditioning;
    }

    /** Picture and text as they run beside each other. */
    record Streams(Stream picture, Stream text) {}

    /** What block {@code index} makes of both. */
    Streams apply(Streams streams, int index) {
        String block = "transformer_blocks." + index + ".";
        return index == config.layers() - 1 ? last(streams, index, block) : joint(streams, index, block);
    }

    private Streams joint(Streams streams, int index, String block) {
        List<Value> ofPicture = pictureVectors(index, block);
        List<Value> ofText = vectors(block + "norm1_context.linear", VECTORS);
        Layers.Normalised picture = norm(streams.picture(), ofPicture.get(0), ofPicture.get(1));
        Layers.Normalised text = norm(streams.text(), ofText.get(0), ofText.get(1));
        Value attended = pictureSide(picture.value(), block + "attn.")
                .then(layers, textSide(text.value(), block + "attn."))
                .attended(layers, config.heads());
        long tokens = picture.value().dim(1);
        Value textBack = layers.tokens(attended, tokens, text.value().dim(1));
        Value textAdded = layers.multiply(linear(textBack, block + "attn.to_add_out"), ofText.get(2));
        return new Streams(
                picture(picture, layers.tokens(attended, 0, tokens), ofPicture, index, block),
                feedForward(new Stream(text.sum(), textAdded), ofText, block + "ff_context.net"));
    }

    /** The last block: the text is looked at, but does not look any more, and is over behind it. */
    private Streams last(Streams streams, int index, String block) {
        List<Value> ofPicture = pictureVectors(index, block);
        List<Value> ofText = vectors(block + "norm1_context.linear", 2);
        Layers.Normalised picture = norm(streams.picture(), ofPicture.get(0), ofPicture.get(1));
        // Where nothing but a norm is modulated, the scale comes before the shift.
        Layers.Normalised text = norm(streams.text(), ofText.get(1), ofText.get(0));
        JointAttention seeing = pictureSide(picture.value(), block + "attn.");
        Value keys = perHead(linear(text.value(), block + "attn.add_k_proj"), block + "attn.norm_added_k");
        Value values = linear(text.value(), block + "attn.add_v_proj");
        Value attended = Attention.multiHead(
                layers,
                seeing.q(),
                layers.concatTokens(seeing.k(), keys),
                layers.concatTokens(seeing.v(), values),
                config.heads(),
                false);
        return new Streams(picture(picture, attended, ofPicture, index, block), streams.text());
    }

    /** What becomes of the picture when it has looked at everything. */
    private Stream picture(Layers.Normalised picture, Value attended, List<Value> vectors, int index, String block) {
        Value added = layers.multiply(linear(attended, block + "attn.to_out.0"), vectors.get(2));
        if (isDual(index)) {
            Value alone = Modulation.norm(layers, picture.sum(), vectors.get(6), vectors.get(7), EPSILON);
            Value attendedAlone = pictureSide(alone, block + "attn2.").attended(layers, config.heads());
            Value back = linear(attendedAlone, block + "attn2.to_out.0");
            added = layers.add(added, layers.multiply(back, vectors.get(8)));
        }
        return feedForward(new Stream(picture.sum(), added), vectors, block + "ff.net");
    }

    private Stream feedForward(Stream stream, List<Value> vectors, String prefix) {
        Layers.Normalised normal = norm(stream, vectors.get(3), vectors.get(4));
        Value back = FeedForward.gelu(layers, normal.value(), prefix, config.width());
        return new Stream(normal.sum(), layers.multiply(back, vectors.get(5)));
    }

    private JointAttention pictureSide(Value x, String attention) {
        return new JointAttention(
                perHead(linear(x, attention + "to_q"), attention + "norm_q"),
                perHead(linear(x, attention + "to_k"), attention + "norm_k"),
                linear(x, attention + "to_v"));
    }

    private JointAttention textSide(Value x, String attention) {
        return new JointAttention(
                perHead(linear(x, attention + "add_q_proj"), attention + "norm_added_q"),
                perHead(linear(x, attention + "add_k_proj"), attention + "norm_added_k"),
                linear(x, attention + "add_v_proj"));
    }

    private Value perHead(Value x, String prefix) {
        return config.normalised() ? RmsNorm.ofHeads(layers, x, prefix + ".weight", config.heads(), EPSILON) : x;
    }

    private Layers.Normalised norm(Stream stream, Value shift, Value scale) {
        return Modulation.norm(layers, stream.x(), stream.addend(), shift, scale, EPSILON);
    }

    private List<Value> pictureVectors(int index, String block) {
        return vectors(block + "norm1.linear", isDual(index) ? DUAL_VECTORS : VECTORS);
    }

    private List<Value> vectors(String prefix, int parts) {
        return Modulation.vectors(layers, conditioning, prefix, parts, config.width());
    }

    private boolean isDual(int index) {
        return config.dualLayers().contains(index);
    }

    private Value linear(Value x, String prefix) {
        return layers.linear(x, prefix, config.width());
    }
}
