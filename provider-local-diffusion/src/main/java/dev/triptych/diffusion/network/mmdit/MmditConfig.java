package dev.triptych.diffusion.network.mmdit;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The config of an {@code SD3Transformer2DModel}.
 *
 * @param inChannels channels of the latents
 * @param outChannels channels of the prediction
 * @param patchSize latent pixels of a token along each axis
 * @param sampleSize latent pixels of the usual picture along each axis
 * @param layers joint blocks
 * @param headSize the length of an attention head
 * @param heads attention heads; times headSize the width
 * @param textWidth the length of a text token
 * @param pooledWidth the length of the pooled text
 * @param positions how many tokens the table of positions has along each axis
 * @param dualLayers blocks in which the picture also looks at itself alone
 * @param normalised whether queries and keys are normalised
 */
public record MmditConfig(
        int inChannels,
        int outChannels,
        int patchSize,
        int sampleSize,
        int layers,
        int headSize,
        int heads,
        int textWidth,
        int pooledWidth,
        int positions,
        Set<Integer> dualLayers,
        boolean normalised) {

    private static final Set<String> KNOWN = Set.of(
            "sample_size",
            "patch_size",
            "in_channels",
            "out_channels",
            "num_layers",
            "attention_head_dim",
            "num_attention_heads",
            "joint_attention_dim",
            "caption_projection_dim",
            "pooled_projection_dim",
            "pos_embed_max_size",
            "dual_attention_layers",
            "qk_norm");

    /** Copies the set. */
    public MmditConfig {
        dualLayers = Set.copyOf(dualLayers);
    }

    /** The width of its tokens. */
    public int width() {
        return heads * headSize;
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind
     */
    public static MmditConfig read(ConfigFile config) {
        int inChannels = config.positive("in_channels", 16);
        return new MmditConfig(
                inChannels,
                config.positive("out_channels", 16),
                config.positive("patch_size", 2),
                config.positive("sample_size", 128),
                config.positive("num_layers", 18),
                config.positive("attention_head_dim", 64),
                config.positive("num_attention_heads", 18),
                config.positive("joint_attention_dim", 4096),
                config.positive("pooled_projection_dim", 2048),
                config.positive("pos_embed_max_size", 96),
                dualLayers(config),
                !config.text("qk_norm", "").isEmpty());
    }

    private static Set<Integer> dualLayers(ConfigFile config) {
        Set<Integer> layers = new TreeSet<>();
        config.numbers("dual_attention_layers").forEach(layer -> layers.add(layer.intValue()));
        return layers;
    }

    /** A sentence for each key that has no effect. */
    public static List<String> remarks(ConfigFile config) {
        return config.unknownKeys(KNOWN);
    }

    /**
     * Refuses what the graph cannot express.
     *
     * @throws dev.triptych.ModelLoadException naming the key, what is supported and what was found
     */
    public static void requireSupported(ConfigFile config) {
        config.oneOf("_class_name", "SD3Transformer2DModel", Set.of("SD3Transformer2DModel"));
        config.oneOf("qk_norm", "rms_norm", Set.of("rms_norm"));
        MmditConfig read = read(config);
        if (config.positive("caption_projection_dim", read.width()) != read.width()) {
            throw config.wrong(
                    "caption_projection_dim",
                    "num_attention_heads times attention_head_dim, " + read.width() + ", the only supported value,");
        }
        if (read.dualLayers().stream().anyMatch(layer -> layer < 0 || layer >= read.layers())) {
            throw config.wrong("dual_attention_layers", "a list of layers from 0 to " + (read.layers() - 1));
        }
    }
}
