package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.Set;

/**
 * The config of a {@code CLIPTextModel}.
 *
 * @param vocabularySize how many token ids there are
 * @param maxPositions how many tokens a prompt has, padding included; 77 in Stable Diffusion
 * @param hiddenSize the length of an embedding
 * @param intermediateSize the width of each layer's two-matrix network
 * @param layers transformer layers
 * @param heads attention heads
 * @param activation the activation function: quick_gelu, gelu or another of {@link ClipTransformer}
 * @param epsilon what normalisations add to the variance
 * @param projectionSize the length of a projected embedding, where there is a projection
 * @param endOfTextId the id that ends a prompt; 2 in old configs, which means the largest id in the prompt
 */
public record ClipTextConfig(
        int vocabularySize,
        int maxPositions,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        String activation,
        float epsilon,
        int projectionSize,
        int endOfTextId) {

    /** The same with a projection of another length. */
    public ClipTextConfig withProjection(int size) {
        return new ClipTextConfig(
                vocabularySize,
                maxPositions,
                hiddenSize,
                intermediateSize,
                layers,
                heads,
                activation,
                epsilon,
                size,
                endOfTextId);
    }

    /** What follows the embeddings. */
    public ClipTransformer transformer() {
        return new ClipTransformer(hiddenSize, intermediateSize, layers, heads, activation, epsilon);
    }

    /** Reads a config. */
    public static ClipTextConfig read(ConfigFile file) {
        ConfigFile config = file.within("text_config");
        return new ClipTextConfig(
                config.positive("vocab_size", 49408),
                config.positive("max_position_embeddings", 77),
                config.positive("hidden_size", 512),
                config.positive("intermediate_size", 2048),
                config.positive("num_hidden_layers", 12),
                config.positive("num_attention_heads", 8),
                config.text("hidden_act", "quick_gelu"),
                (float) config.number("layer_norm_eps", 1e-5),
                config.positive("projection_dim", 512),
                config.integer("eos_token_id", 49407));
    }

    /** Refuses what {@link ClipTextGraph} has no graph for. */
    public static void requireSupported(ConfigFile file) {
        ConfigFile config = file.within("text_config");
        config.oneOf("model_type", "clip_text_model", Set.of("clip_text_model", "clip"));
        config.mustBeUnset("use_attention_mask", "false");
        ClipTextConfig text = read(file);
        ClipTransformer.requireSupported(config, text.hiddenSize(), text.heads());
    }
}
