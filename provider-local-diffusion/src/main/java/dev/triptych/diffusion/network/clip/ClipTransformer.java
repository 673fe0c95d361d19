package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.Set;

/**
 * The transformer in one of CLIP's two towers.
 *
 * @param hiddenSize the length of a token's vector
 * @param intermediateSize the width of each layer's two-matrix network
 * @param layers transformer layers
 * @param heads attention heads
 * @param activation the activation function: quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, silu, swish or relu
 * @param epsilon what normalisations add to the variance
 */
public record ClipTransformer(
        int hiddenSize, int intermediateSize, int layers, int heads, String activation, float epsilon) {

    private static final Set<String> ACTIVATIONS =
            Set.of("quick_gelu", "gelu", "gelu_new", "gelu_pytorch_tanh", "silu", "swish", "relu");

    /** Refuses what the graphs of CLIP do not compute; {@code config} is a tower's own section. */
    public static void requireSupported(ConfigFile config, int hiddenSize, int heads) {
        config.oneOf("hidden_act", "quick_gelu", ACTIVATIONS);
        if (hiddenSize % heads != 0) {
            throw config.wrong("num_attention_heads", "a divisor of hidden_size, " + hiddenSize + ",");
        }
    }
}
