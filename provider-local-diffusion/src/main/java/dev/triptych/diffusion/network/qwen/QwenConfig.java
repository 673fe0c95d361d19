package dev.triptych.diffusion.network.qwen;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.Set;

/**
 * The config of a {@code Qwen3Model} or {@code Qwen3ForCausalLM}.
 *
 * @param vocabularySize how many token ids there are
 * @param hiddenSize the length of an embedding
 * @param layers transformer layers
 * @param heads heads of the queries
 * @param keyHeads heads of keys and values, a divisor of {@code heads}
 * @param headSize the length of a head; heads together may be wider than an embedding
 * @param intermediateSize the width of each layer's feed-forward network
 * @param epsilon what normalisations add to the mean square
 * @param theta θ of the rotary positions
 */
public record QwenConfig(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int keyHeads,
        int headSize,
        int intermediateSize,
        float epsilon,
        double theta) {

    private static final double THETA = 10_000;

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind
     */
    public static QwenConfig read(ConfigFile config) {
        int heads = config.positive("num_attention_heads", 32);
        // transformers 5 has θ among rope_parameters.
        double theta = config.within("rope_parameters").number("rope_theta", config.number("rope_theta", THETA));
        return new QwenConfig(
                config.positive("vocab_size", 151_936),
                config.positive("hidden_size", 4096),
                config.positive("num_hidden_layers", 32),
                heads,
                config.positive("num_key_value_heads", heads),
                config.positive("head_dim", 128),
                config.positive("intermediate_size", 22_016),
                (float) config.number("rms_norm_eps", 1e-6),
                theta);
    }

    /**
     * Refuses what the graph does not compute.
     *
     * @throws dev.triptych.ModelLoadException naming the key, what is supported and what was found
     */
    public static void requireSupported(ConfigFile config) {
        config.oneOf("model_type", "qwen3", Set.of("qwen3"));
        config.oneOf("hidden_act", "silu", Set.of("silu"));
        config.mustBeUnset("attention_bias", "false");
        config.mustBeUnset("use_sliding_window", "false");
        config.mustBeUnset("rope_scaling", "null");
        ConfigFile positions = config.within("rope_parameters");
        if (config.has("rope_parameters")) {
            positions.oneOf("rope_type", "default", Set.of("default"));
        }
        QwenConfig read = read(config);
        if (read.heads() % read.keyHeads() != 0) {
            throw config.wrong("num_key_value_heads", "a divisor of num_attention_heads, " + read.heads() + ",");
        }
        if (read.headSize() % 2 != 0) {
            throw config.wrong("head_dim", "an even number");
        }
    }
}
