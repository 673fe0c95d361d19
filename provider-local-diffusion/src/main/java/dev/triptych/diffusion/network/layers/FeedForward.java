package dev.triptych.diffusion.network.layers;

import java.util.List;

/** The two-matrix networks of transformers. Stateless. */
public final class FeedForward {

    private FeedForward() {}

    /**
     * GEGLU, Shazeer 2020: (x·V) ⊙ gelu(x·W), where V and W are the two halves of one stored matrix; then a matrix. The
     * width between is four times {@code channels}. Names are diffusers' {@code net.0.proj} and {@code net.2}.
     */
    public static Value geglu(Layers layers, Value x, String prefix, long channels) {
        Value product = layers.geglu(x, prefix + ".0.proj", 4 * channels);
        return layers.linear(product, prefix + ".2", channels);
    }

    /** Two matrices with GELU in its tanh form between, four times as wide; names as those of {@link #geglu}. */
    public static Value gelu(Layers layers, Value x, String prefix, long channels) {
        Value hidden = layers.linear(x, prefix + ".0.proj", 4 * channels);
        return layers.linear(layers.activation(hidden, "gelu_new"), prefix + ".2", channels);
    }

    /**
     * A gated network without biases, Shazeer 2020: down((activation(gate·x)) ⊙ (up·x)). SwiGLU with {@code silu}.
     *
     * @param gate the matrix before the activation
     * @param up the other matrix of x
     * @param down the matrix behind
     * @param hidden the width between
     */
    public static Value gated(
            Layers layers, Value x, String activation, String gate, String up, String down, long hidden) {
        Value gates = layers.activation(layers.matrix(x, gate, hidden), activation);
        Value product = layers.multiply(gates, layers.matrix(x, up, hidden));
        return layers.matrix(product, down, Layers.last(x));
    }

    /** SwiGLU of what one matrix computed: silu(first half) ⊙ second half, [1, tokens, width / 2]. */
    public static Value swiGlu(Layers layers, Value gateAndUp) {
        List<Value> halves = layers.split(gateAndUp, 2);
        return layers.multiply(layers.silu(halves.get(0)), halves.get(1));
    }
}
