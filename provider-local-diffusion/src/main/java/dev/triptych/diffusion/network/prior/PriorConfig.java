package dev.triptych.diffusion.network.prior;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.Set;

/**
 * The config of a {@code PriorTransformer}; defaults are those of diffusers 0.42.
 *
 * @param heads attention heads
 * @param headWidth the width of a head; all of them together are the transformer's width
 * @param layers transformer layers
 * @param embeddingSize the length of CLIP's embeddings, of texts, tokens and pictures alike
 * @param tokens the text's tokens
 */
public record PriorConfig(int heads, int headWidth, int layers, int embeddingSize, int tokens) {

    /** Embedded text, time, noised embedding and query: what stands behind the text's tokens. */
    static final int BEHIND_TOKENS = 4;

    /** Far beyond any prior: a damaged config must not make us compute with its numbers. */
    private static final int MAX_LAYERS = 1 << 10;

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind, or asks for what we have no graph for
     */
    public static PriorConfig read(ConfigFile config) {
        config.oneOf("_class_name", "PriorTransformer", Set.of("PriorTransformer"));
        config.mustBeUnset("norm_in_type", "");
        config.mustBeUnset("embedding_proj_norm_type", "");
        config.mustBeUnset("encoder_hid_proj_type", "linear");
        config.mustBeUnset("added_emb_type", "prd");
        config.mustBeUnset("time_embed_act_fn", "silu");
        config.mustBeUnset("additional_embeddings", Integer.toString(BEHIND_TOKENS));
        for (String key : new String[] {"time_embed_dim", "embedding_proj_dim", "clip_embed_dim"}) {
            config.mustBeUnset(key, "");
        }
        PriorConfig prior = new PriorConfig(
                config.positive("num_attention_heads", 32),
                config.positive("attention_head_dim", 64),
                config.positive("num_layers", 20),
                config.positive("embedding_dim", 768),
                config.positive("num_embeddings", 77));
        if (prior.layers() > MAX_LAYERS) {
            throw config.wrong("num_layers", "at most " + MAX_LAYERS);
        }
        return prior;
    }

    /** The width of the transformer. */
    long width() {
        return (long) heads * headWidth;
    }
}
