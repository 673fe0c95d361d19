package dev.triptych.diffusion.network.flux;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;

/**
 * The config of a {@code FluxTransformer2DModel}.
 *
 * @param inChannels values of a token: four latent pixels of each channel
 * @param doubleBlocks blocks in which text and picture have weights of their own
 * @param singleBlocks blocks behind them, with one set of weights for both
 * @param headSize the length of an attention head
 * @param heads attention heads; times headSize the width
 * @param textWidth the length of a text token
 * @param pooledWidth the length of the pooled text
 * @param guidance whether the guidance scale is an input
 * @param axes how many values of a head turn with each axis of the positions
 */
public record FluxConfig(
        int inChannels,
        int doubleBlocks,
        int singleBlocks,
        int headSize,
        int heads,
        int textWidth,
        int pooledWidth,
        boolean guidance,
        List<Integer> axes) {

    private static final Set<String> KNOWN = Set.of(
            "patch_size",
            "in_channels",
            "out_channels",
            "num_layers",
            "num_single_layers",
            "attention_head_dim",
            "num_attention_heads",
            "joint_attention_dim",
            "pooled_projection_dim",
            "guidance_embeds",
            "axes_dims_rope");

    /** Copies the list. */
    public FluxConfig {
        axes = List.copyOf(axes);
    }

    /** The width of its tokens. */
    public int width() {
        return heads * headSize;
    }

    /** Channels of the latents: a token holds four pixels of each. */
    public int latentChannels() {
        return inChannels / 4;
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind
     */
    public static FluxConfig read(ConfigFile config) {
        return new FluxConfig(
                config.positive("in_channels", 64),
                config.positive("num_layers", 19),
                config.positive("num_single_layers", 38),
                config.positive("attention_head_dim", 128),
                config.positive("num_attention_heads", 24),
                config.positive("joint_attention_dim", 4096),
                config.positive("pooled_projection_dim", 768),
                config.flag("guidance_embeds", false),
                config.integers("axes_dims_rope", List.of(16, 56, 56)));
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
        config.oneOf("_class_name", "FluxTransformer2DModel", Set.of("FluxTransformer2DModel"));
        config.mustBeUnset("patch_size", "1");
        FluxConfig read = read(config);
        config.mustBeUnset("out_channels", Integer.toString(read.inChannels()));
        if (read.inChannels() % 4 != 0) {
            throw config.wrong("in_channels", "a multiple of 4");
        }
        boolean isEven = read.axes().stream().allMatch(axis -> axis % 2 == 0);
        int sum = read.axes().stream().mapToInt(Integer::intValue).sum();
        if (read.axes().size() != 3 || !isEven || sum != read.headSize()) {
            throw config.wrong(
                    "axes_dims_rope", "three even numbers whose sum is attention_head_dim, " + read.headSize() + ",");
        }
    }
}
