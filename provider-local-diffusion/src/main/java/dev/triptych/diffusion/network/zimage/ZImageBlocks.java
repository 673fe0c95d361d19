package dev.triptych.diffusion.network.zimage;

import dev.triptych.diffusion.network.layers.FeedForward;
import dev.triptych.diffusion.network.layers.JointAttention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Modulation;
import dev.triptych.diffusion.network.layers.RmsNorm;
import dev.triptych.diffusion.network.layers.Rotary;
import dev.triptych.diffusion.network.layers.Value;
import java.util.List;

/**
 * Z-Image's blocks: attention and SwiGLU, each between two normalisations, without biases. Reference: diffusers 0.42,
 * models/transformers/transformer_z_image.py, {@code ZImageTransformerBlock}.
 */
final class ZImageBlocks {

    private final ZImageConfig config;
    private final Layers layers;

    ZImageBlocks(ZImageConfig config, Layers layers) {
        this.config = config;
        this.layers = layers;
    }

    /**
     * Tokens and their places.
     *
     * @param x [1, tokens, width]
     * @param cosines of their positions, [tokens, headSize / 2]
     * @param sines as many
     */
    record Sequence(Value x, Value cosines, Value sines) {

        private Sequence with(Value other) {
            return new Sequence(other, cosines, sines);
        }
    }

    /** What a block with modulation makes of a sequence: scales and gates tell the time. */
    Sequence modulated(Sequence sequence, Value time, String block) {
        // Not activated before, and no shifts: scale and gate of attention, then of the feed-forward network.
        List<Value> vectors = Modulation.vectors(layers, time, block + "adaLN_modulation.0", 4, config.width());
        Value attended = attention(
                sequence, scaled(norm(sequence.x(), block + "attention_norm1"), vectors.get(0)), block + "attention.");
        Value x = layers.add(sequence.x(), gated(norm(attended, block + "attention_norm2"), vectors.get(1)));
        Value fed = feedForward(scaled(norm(x, block + "ffn_norm1"), vectors.get(2)), block);
        return sequence.with(layers.add(x, gated(norm(fed, block + "ffn_norm2"), vectors.get(3))));
    }

    /** What a block without modulation makes of a sequence. */
    Sequence plain(Sequence sequence, String block) {
        Value attended = attention(sequence, norm(sequence.x(), block + "attention_norm1"), block + "attention.");
        Value x = layers.add(sequence.x(), norm(attended, block + "attention_norm2"));
        Value fed = feedForward(norm(x, block + "ffn_norm1"), block);
        return sequence.with(layers.add(x, norm(fed, block + "ffn_norm2")));
    }

    private Value attention(Sequence places, Value x, String prefix) {
        Value attended = new JointAttention(
                        perHead(x, prefix + "to_q", prefix + "norm_q"),
                        perHead(x, prefix + "to_k", prefix + "norm_k"),
                        layers.matrix(x, prefix + "to_v", config.width()))
                .turned(layers, places.cosines(), places.sines(), Rotary.Pairs.NEIGHBOURS)
                .attended(layers, config.heads());
        return layers.matrix(attended, prefix + "to_out.0", config.width());
    }

    private Value perHead(Value x, String matrix, String norm) {
        Value all = layers.matrix(x, matrix, config.width());
        return RmsNorm.ofHeads(layers, all, norm + ".weight", config.heads(), config.epsilon());
    }

    private Value feedForward(Value x, String block) {
        String prefix = block + "feed_forward.";
        long hidden = (long) (config.width() / 3.0 * 8);
        return FeedForward.gated(layers, x, "silu", prefix + "w1", prefix + "w3", prefix + "w2", hidden);
    }

    private Value norm(Value x, String prefix) {
        return RmsNorm.of(layers, x, prefix + ".weight", config.epsilon());
    }

    private Value scaled(Value x, Value scale) {
        return layers.multiply(x, layers.affine(scale, 1, 1));
    }

    private Value gated(Value x, Value gate) {
        return layers.multiply(x, layers.unary("Tanh", gate));
    }
}
