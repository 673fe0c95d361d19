package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.UnetConfig.Block;
import dev.triptych.diffusion.onnx.ElementType;

/**
 * Attention as GLIDE has it: the picture's pixels look at the prompt's tokens and at each other at once; keys and
 * values of the prompt come from matrices of their own and stand before the picture's. Nichol et al., "GLIDE" (2021),
 * section 4. Reference: diffusers 0.42, models/attention_processor.py, {@code AttnAddedKVProcessor}.
 *
 * <p>Input of the graph: {@code attention_mask} [1, tokens], 1 where a token counts, 0 where it is padding.
 */
final class PictureAndPromptAttention {

    /** What is added to the score of a token that does not count. */
    private static final float MASKED = -10000;

    private static final float EPSILON = 1e-5f;

    private final UnetConfig config;
    private final Layers layers;
    private final Value prompt;
    private final Value promptBias;

    /** @param prompt embeddings, [1, tokens, crossAttentionDim]; not used where no level has such attention */
    PictureAndPromptAttention(UnetConfig config, Layers layers, Value prompt) {
        this.config = config;
        this.layers = layers;
        this.prompt = prompt;
        this.promptBias = config.takesMask() ? bias() : prompt;
    }

    private Value bias() {
        Value counts = layers.input("attention_mask", ElementType.FLOAT, 1, prompt.dim(1));
        return layers.affine(counts, -MASKED, MASKED);
    }

    /** Adds to the picture {@code input} what its pixels find. */
    Value apply(Value input, String prefix, Block block) {
        long channels = block.channels();
        Value x = layers.toSequence(
                layers.groupNorm(input, prefix + ".group_norm", config.norm().groups(), EPSILON));
        Value q = layers.linear(x, prefix + ".to_q", channels);
        Value k = layers.linear(prompt, prefix + ".add_k_proj", channels);
        Value v = layers.linear(prompt, prefix + ".add_v_proj", channels);
        Value bias = promptBias;
        if (!block.onlyCrossAttention()) {
            k = layers.concatTokens(k, layers.linear(x, prefix + ".to_k", channels));
            v = layers.concatTokens(v, layers.linear(x, prefix + ".to_v", channels));
            bias = layers.concatLast(bias, layers.zeros(1, x.dim(1)));
        }
        Value attended = Attention.biased(layers, q, k, v, block.heads(), bias, false);
        return layers.add(layers.toPicture(layers.linear(attended, prefix + ".to_out.0", channels), input), input);
    }
}
