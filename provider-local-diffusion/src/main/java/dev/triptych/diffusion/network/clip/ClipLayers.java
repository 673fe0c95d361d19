package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;

/**
 * The transformer layers of CLIP's two towers, as transformers 4.57 computes them (models/clip/modeling_clip.py,
 * {@code CLIPEncoderLayer}): normalisation, attention and sum; normalisation, two matrices and sum.
 */
final class ClipLayers {

    private final Layers layers;
    private final ClipTransformer config;
    private final boolean causal;

    /** Layers in which a token sees all others, or, where {@code causal}, only those before it. */
    ClipLayers(Layers layers, ClipTransformer config, boolean causal) {
        this.layers = layers;
        this.config = config;
        this.causal = causal;
    }

    /** A hidden state as the two values whose sum it is: the norm that comes next makes the sum. */
    record Summands(Value x, Value residual) {}

    /** A hidden state [1, tokens, hiddenSize], normalised by {@code prefix}, together with the state itself. */
    Layers.Normalised norm(Summands state, String prefix) {
        return layers.layerNorm(state.x(), state.residual(), prefix, config.epsilon());
    }

    /** What the layer {@code prefix} makes of a state that its first norm, {@code layer_norm1}, has normalised. */
    Summands apply(Layers.Normalised first, String prefix) {
        Value attended = selfAttention(first.value(), prefix + ".self_attn");
        Layers.Normalised second = norm(new Summands(attended, first.sum()), prefix + ".layer_norm2");
        Value x = layers.linear(second.value(), prefix + ".mlp.fc1", config.intermediateSize());
        x = layers.activation(x, config.activation());
        return new Summands(layers.linear(x, prefix + ".mlp.fc2", config.hiddenSize()), second.sum());
    }

    private Value selfAttention(Value x, String prefix) {
        long hidden = config.hiddenSize();
        Value q = layers.linear(x, prefix + ".q_proj", hidden);
        Value k = layers.linear(x, prefix + ".k_proj", hidden);
        Value v = layers.linear(x, prefix + ".v_proj", hidden);
        return layers.linear(
                Attention.multiHead(layers, q, k, v, config.heads(), causal), prefix + ".out_proj", hidden);
    }
}
