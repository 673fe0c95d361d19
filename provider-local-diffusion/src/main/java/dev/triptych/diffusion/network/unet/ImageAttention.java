package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.UnetConfig.Block;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * What IP-Adapters add to each attention over the prompt [1]: with the same queries, the attention over the tokens that
 * pictures became, through keys and values of their own; each adapter times its scale, all of them added. Reference:
 * diffusers 0.36, models/attention_processor.py, {@code IPAdapterAttnProcessor2_0}.
 *
 * <p>Inputs for adapter k: {@code image_tokens.k} [1, tokens, crossAttentionDim] and {@code image_scale.k} [1]. So a
 * scale changes, also within one picture, without another graph.
 *
 * <p>References: [1] Ye et al., "IP-Adapter: Text Compatible Image Prompt Adapter for Text-to-Image Diffusion Models"
 * (2023), equation 5.
 */
final class ImageAttention {

    private final Layers layers;
    private final List<Value> tokens = new ArrayList<>();
    private final List<Value> scales = new ArrayList<>();

    /** The inputs of {@code adapters} adapters, whose tokens are counted by {@code shape}. */
    ImageAttention(Layers layers, int adapters, int width, Shape shape) {
        this.layers = layers;
        for (int i = 0; i < adapters; i++) {
            tokens.add(layers.input(
                    Unet.imageTokens(i), ElementType.FLOAT, layers.pictures(), shape.get(Unet.imageTokens(i)), width));
            scales.add(layers.input(Unet.imageScale(i), ElementType.FLOAT, 1));
        }
    }

    /**
     * {@code attended}, what the attention over the prompt gave, with what those over the pictures give.
     *
     * @param q the queries, [1, pixels, channels]
     * @param prefix the attention's name, such as {@code down_blocks.0.attentions.0.transformer_blocks.0.attn2}
     */
    Value addedTo(Value attended, Value q, String prefix, Block block) {
        Value sum = attended;
        for (int i = 0; i < tokens.size(); i++) {
            Value k = layers.matrix(tokens.get(i), prefix + "." + i + ".to_k_ip", block.channels());
            Value v = layers.matrix(tokens.get(i), prefix + "." + i + ".to_v_ip", block.channels());
            Value ofPicture = Attention.multiHead(layers, q, k, v, block.heads(), false);
            sum = layers.add(sum, layers.multiply(ofPicture, scales.get(i)));
        }
        return sum;
    }

    /**
     * The names of a U-Net's attentions over the prompt in the order in which IP-Adapter's files count them, and the
     * channels of each: on the way down, on the way up, and last at the bottom.
     */
    static List<Place> places(UnetConfig config) {
        List<Place> places = new ArrayList<>();
        for (int level = 0; level < config.down().size(); level++) {
            add(places, "down_blocks." + level, config.down().get(level));
        }
        for (int level = 0; level < config.up().size(); level++) {
            add(places, "up_blocks." + level, config.up().get(level));
        }
        config.middle()
                .filter(Block::attention)
                .ifPresent(block -> addTransformer(places, "mid_block.attentions.0", block, 0));
        return List.copyOf(places);
    }

    /**
     * An attention over the prompt.
     *
     * @param prefix its name in the U-Net
     * @param block the level it is on
     */
    record Place(String prefix, Block block) {}

    private static void add(List<Place> places, String prefix, Block block) {
        if (block.attention()) {
            for (int i = 0; i < block.layers(); i++) {
                addTransformer(places, prefix + ".attentions." + i, block, i);
            }
        }
    }

    private static void addTransformer(List<Place> places, String prefix, Block block, int index) {
        for (int layer = 0; layer < block.transformerLayers().get(index); layer++) {
            places.add(new Place(prefix + ".transformer_blocks." + layer + ".attn2", block));
        }
    }
}
