package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.util.List;

/**
 * Positions as rotations, Su et al., "RoFormer" (2021), equation 34: each pair of a head's values turns by an angle
 * that grows with the token's position. Stateless.
 */
public final class Rotary {

    private Rotary() {}

    /** Which values of a head are turned together. */
    public enum Pairs {
        /** Values 2k and 2k + 1. */
        NEIGHBOURS,
        /** Values k and k + half. */
        HALVES
    }

    /**
     * Queries or keys, turned: (u, w) becomes (u·cos − w·sin, w·cos + u·sin).
     *
     * @param x [1, tokens, channels], head beside head
     * @param cosines [tokens, length of a head / 2], from a {@link RotaryTable}
     * @param sines as many
     */
    public static Value turned(Layers layers, Value x, Value cosines, Value sines, Pairs pairs) {
        String first = layers.graph().constant(0);
        return x.like(layers.graph()
                .node(
                        GraphBuilder.MICROSOFT,
                        "RotaryEmbedding",
                        List.of(x.name(), first, cosines.name(), sines.name()),
                        Attribute.of("interleaved", pairs == Pairs.NEIGHBOURS ? 1 : 0)));
    }
}
