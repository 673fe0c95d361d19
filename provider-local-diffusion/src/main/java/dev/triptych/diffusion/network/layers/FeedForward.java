package dev.triptych.diffusion.network.layers;

/** The two-matrix networks of transformers. Stateless. */
public final class FeedForward {

    private FeedForward() {}

    /**
     * GEGLU, Shazeer 2020: (x·V) ⊙ gelu(x·W), where V and W are the two halves of one stored matrix; then a matrix. The
     * width between is four times {@code channels}. Names are diffusers' {@code net.0.proj} and {@code net.2}.
     */
    public static Value geglu(Layers layers, Value x, String prefix, long channels) {
        long inner = 4 * channels;
        Value value = layers.linearRows(x, prefix + ".0.proj", 2 * inner, 0, inner);
        Value gate = layers.linearRows(x, prefix + ".0.proj", 2 * inner, inner, inner);
        Value product = layers.multiply(value, layers.activation(gate, "gelu"));
        return layers.linear(product, prefix + ".2", channels);
    }
}
