package dev.triptych.diffusion.network.prior;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.Set;

/**
 * The config of a {@code UnCLIPTextProjModel}; defaults are those of diffusers 0.42.
 *
 * @param extraTokens how many tokens an image embedding becomes
 * @param embeddingSize the length of CLIP's embeddings
 * @param timeWidth the width of the decoder's time vector
 * @param contextWidth the width of the decoder's context
 */
public record TextProjectionConfig(int extraTokens, int embeddingSize, int timeWidth, int contextWidth) {

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind
     */
    public static TextProjectionConfig read(ConfigFile config) {
        config.oneOf("_class_name", "UnCLIPTextProjModel", Set.of("UnCLIPTextProjModel"));
        if (!config.has("time_embed_dim") || !config.has("cross_attention_dim")) { // without a default
            throw config.wrong(
                    config.has("time_embed_dim") ? "cross_attention_dim" : "time_embed_dim", "a whole number above 0");
        }
        return new TextProjectionConfig(
                config.positive("clip_extra_context_tokens", 4),
                config.positive("clip_embeddings_dim", 768),
                config.positive("time_embed_dim", 1),
                config.positive("cross_attention_dim", 1));
    }
}
