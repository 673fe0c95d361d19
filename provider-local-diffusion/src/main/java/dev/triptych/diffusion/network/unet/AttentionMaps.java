package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the attentions over the prompt look [1]: how much of each pixel's attention each token gets, the mean of all
 * heads and layers, each layer enlarged to the latents' size first. The attentions themselves are computed as ever,
 * beside this, so that a picture stays what it is without maps.
 *
 * <p>Output: {@code attention_maps} [1, tokens, height, width]; the tokens of a pixel sum to 1, since each layer's do
 * and neither a mean nor a linear enlargement changes that. [1] enlarges by cubic curves and sums.
 *
 * <p>References: [1] Tang et al., "What the DAAM: Interpreting Stable Diffusion Using Cross Attention" (2022), section
 * 2.2.
 */
final class AttentionMaps {

    private final Layers layers;
    private final boolean isAsked;
    private final List<Value> heard = new ArrayList<>();

    AttentionMaps(Layers layers, boolean isAsked) {
        this.layers = layers;
        this.isAsked = isAsked;
    }

    /**
     * Keeps what an attention over the prompt weighs its tokens with.
     *
     * @param q of the pixels, [1, height·width, channels]
     * @param k of the tokens, [1, tokens, channels]
     * @param picture whose pixels look, [1, channels, height, width]
     */
    void hear(Value q, Value k, long heads, Value picture) {
        if (isAsked) {
            heard.add(layers.toPicture(Attention.weights(layers, q, k, heads), picture));
        }
    }

    /** Adds the output, of the latents' size. */
    void write(long height, long width) {
        if (!isAsked) {
            return;
        }
        Value sum = heard.stream()
                .map(map -> enlarged(map, height, width))
                .reduce(layers::add)
                .orElseThrow(() -> new IllegalStateException("a U-Net without attention over a prompt has no maps"));
        layers.output(Unet.MAPS, layers.affine(sum, 1f / heard.size(), 0));
    }

    private Value enlarged(Value map, long height, long width) {
        GraphBuilder graph = layers.graph();
        String y = graph.node(
                "Resize",
                List.of(map.name(), "", "", graph.constant(1, map.dim(1), height, width)),
                Attribute.of("mode", "linear"),
                Attribute.of("coordinate_transformation_mode", "half_pixel"));
        return new Value(y, 1, map.dim(1), height, width);
    }
}
