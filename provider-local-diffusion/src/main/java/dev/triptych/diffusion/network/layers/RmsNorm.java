package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import java.util.List;

/**
 * Normalisation by the root mean square, Zhang and Sennrich 2019, equation 4: x · w / √(mean(x²) + ε). Neither a mean
 * is taken away nor a shift added. Stateless.
 */
public final class RmsNorm {

    private RmsNorm() {}

    /** Over the last axis; {@code weight} is the whole name of w. */
    public static Value of(Layers layers, Value x, String weight, float epsilon) {
        Value scale = layers.weights().floats(weight, Layers.last(x));
        return x.like(layers.graph()
                .node(
                        "SimplifiedLayerNormalization",
                        List.of(x.name(), scale.name()),
                        Attribute.of("axis", -1),
                        Attribute.of("epsilon", epsilon)));
    }

    /** Over each head of [1, tokens, channels] by itself, all with one w of a head's length. */
    public static Value ofHeads(Layers layers, Value x, String weight, long heads, float epsilon) {
        Value apart = layers.reshape(x, 1, x.dim(1), heads, Layers.last(x) / heads);
        return layers.reshape(of(layers, apart, weight, epsilon), x.dims());
    }
}
