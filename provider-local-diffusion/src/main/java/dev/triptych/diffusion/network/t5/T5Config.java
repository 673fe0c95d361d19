package dev.triptych.diffusion.network.t5;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.Set;

/**
 * The config of a {@code T5EncoderModel}.
 *
 * @param vocabularySize how many token ids there are
 * @param hiddenSize the length of an embedding, {@code d_model}
 * @param headSize the length of a head, {@code d_kv}; heads together may be wider than an embedding
 * @param heads attention heads
 * @param layers transformer layers
 * @param intermediateSize the width of each layer's feed-forward network, {@code d_ff}
 * @param gated whether that network multiplies two matrices
 * @param activation its activation function
 * @param buckets how many kinds of distances between tokens there are, half of them forwards
 * @param maxDistance from here on all distances are one kind
 * @param epsilon what normalisations add to the mean square
 */
public record T5Config(
        int vocabularySize,
        int hiddenSize,
        int headSize,
        int heads,
        int layers,
        int intermediateSize,
        boolean gated,
        String activation,
        int buckets,
        int maxDistance,
        float epsilon) {

    private static final String GATED = "gated-";
    private static final Set<String> ACTIVATIONS = Set.of("gelu", "gelu_new", "silu", "relu");

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind
     */
    public static T5Config read(ConfigFile config) {
        String projection = config.text("feed_forward_proj", "relu");
        boolean gated = projection.startsWith(GATED);
        String activation = gated ? projection.substring(GATED.length()) : projection;
        return new T5Config(
                config.positive("vocab_size", 32128),
                config.positive("d_model", 512),
                config.positive("d_kv", 64),
                config.positive("num_heads", 8),
                config.positive("num_layers", 6),
                config.positive("d_ff", 2048),
                gated,
                projection.equals("gated-gelu") ? "gelu_new" : activation,
                config.positive("relative_attention_num_buckets", 32),
                config.positive("relative_attention_max_distance", 128),
                (float) config.number("layer_norm_epsilon", 1e-6));
    }

    /**
     * Refuses what the graph does not compute.
     *
     * @throws dev.triptych.ModelLoadException naming the key, what is supported and what was found
     */
    public static void requireSupported(ConfigFile config) {
        config.oneOf("model_type", "t5", Set.of("t5"));
        T5Config read = read(config);
        if (!ACTIVATIONS.contains(read.activation())) {
            throw config.wrong("feed_forward_proj", "gated-gelu, or gated- or plain relu, gelu_new or silu,");
        }
        if (read.buckets() % 4 != 0 || read.maxDistance() <= read.buckets() / 4) {
            throw config.wrong(
                    "relative_attention_num_buckets",
                    "a multiple of 4 that is less than four times relative_attention_max_distance");
        }
    }
}
