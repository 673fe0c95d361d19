package dev.triptych.diffusion.network.flux2;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;

/**
 * The config of a {@code Flux2Transformer2DModel}.
 *
 * @param channels values of a token: four latent pixels of each channel of the autoencoder
 * @param doubleBlocks blocks in which text and picture have weights of their own
 * @param singleBlocks blocks behind them, with one set of weights for both
 * @param headSize the length of an attention head
 * @param heads attention heads; times headSize the width
 * @param textWidth the length of a text token
 * @param timeChannels sines and cosines of the time
 * @param hiddenSize the width of a feed-forward network between its matrices
 * @param axes how many values of a head turn with each axis of the positions
 * @param theta θ of the rotary positions
 * @param epsilon what normalisations add to the mean square
 */
public record Flux2Config(
        int channels,
        int doubleBlocks,
        int singleBlocks,
        int headSize,
        int heads,
        int textWidth,
        int timeChannels,
        int hiddenSize,
        List<Integer> axes,
        double theta,
        float epsilon) {

    private static final Set<String> KNOWN = Set.of(
            "patch_size",
            "in_channels",
            "out_channels",
            "num_layers",
            "num_single_layers",
            "attention_head_dim",
            "num_attention_heads",
            "joint_attention_dim",
            "timestep_guidance_channels",
            "mlp_ratio",
            "axes_dims_rope",
            "rope_theta",
            "eps",
            "guidance_embeds");

    /** Copies the list. */
    public Flux2Config {
        axes = List.copyOf(axes);
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
    public static Flux2Config read(ConfigFile config) {
        int headSize = config.positive("attention_head_dim", 128);
        int heads = config.positive("num_attention_heads", 48);
        return new Flux2Config(
                config.positive("in_channels", 128),
                config.positive("num_layers", 8),
                config.positive("num_single_layers", 48),
                headSize,
                heads,
                config.positive("joint_attention_dim", 15_360),
                config.positive("timestep_guidance_channels", 256),
                (int) (heads * headSize * config.number("mlp_ratio", 3)),
                config.integers("axes_dims_rope", List.of(32, 32, 32, 32)),
                config.number("rope_theta", 2000),
                (float) config.number("eps", 1e-6));
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
        config.oneOf("_class_name", "Flux2Transformer2DModel", Set.of("Flux2Transformer2DModel"));
        config.mustBeUnset("patch_size", "1");
        Flux2Config read = read(config);
        config.mustBeUnset("out_channels", Integer.toString(read.channels()));
        if (config.flag("guidance_embeds", false)) {
            throw config.wrong("guidance_embeds", "false, as klein's is,");
        }
        if (read.channels() % 4 != 0) {
            throw config.wrong("in_channels", "a multiple of 4");
        }
        boolean isEven = read.axes().stream().allMatch(axis -> axis % 2 == 0);
        int sum = read.axes().stream().mapToInt(Integer::intValue).sum();
        if (read.axes().size() != 4 || !isEven || sum != read.headSize()) {
            throw config.wrong(
                    "axes_dims_rope", "four even numbers whose sum is attention_head_dim, " + read.headSize() + ",");
        }
    }
}
