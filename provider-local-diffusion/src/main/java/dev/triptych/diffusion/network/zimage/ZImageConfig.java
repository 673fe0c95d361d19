package dev.triptych.diffusion.network.zimage;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;

/**
 * The config of a {@code ZImageTransformer2DModel}.
 *
 * @param channels channels of the latents
 * @param width the width of its tokens
 * @param layers blocks over picture and text together
 * @param refiners blocks before them, as many over the picture as over the text
 * @param heads attention heads
 * @param textWidth the length of a text token
 * @param epsilon what normalisations add to the mean square
 * @param theta θ of the rotary positions
 * @param timeScale what times from 0 to 1 are multiplied by
 * @param axes how many values of a head turn with each axis of the positions
 * @param lengths how many positions each axis has
 */
public record ZImageConfig(
        int channels,
        int width,
        int layers,
        int refiners,
        int heads,
        int textWidth,
        float epsilon,
        double theta,
        float timeScale,
        List<Integer> axes,
        List<Integer> lengths) {

    private static final Set<String> KNOWN = Set.of(
            "all_patch_size",
            "all_f_patch_size",
            "in_channels",
            "dim",
            "n_layers",
            "n_refiner_layers",
            "n_heads",
            "n_kv_heads",
            "norm_eps",
            "qk_norm",
            "cap_feat_dim",
            "siglip_feat_dim",
            "rope_theta",
            "t_scale",
            "axes_dims",
            "axes_lens");

    /** Copies the lists. */
    public ZImageConfig {
        axes = List.copyOf(axes);
        lengths = List.copyOf(lengths);
    }

    /** The length of an attention head. */
    public int headSize() {
        return width / heads;
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind
     */
    public static ZImageConfig read(ConfigFile config) {
        return new ZImageConfig(
                config.positive("in_channels", 16),
                config.positive("dim", 3840),
                config.positive("n_layers", 30),
                config.positive("n_refiner_layers", 2),
                config.positive("n_heads", 30),
                config.positive("cap_feat_dim", 2560),
                (float) config.number("norm_eps", 1e-5),
                config.number("rope_theta", 256),
                (float) config.number("t_scale", 1000),
                config.integers("axes_dims", List.of(32, 48, 48)),
                config.integers("axes_lens", List.of(1024, 512, 512)));
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
        config.oneOf("_class_name", "ZImageTransformer2DModel", Set.of("ZImageTransformer2DModel"));
        ZImageConfig read = read(config);
        if (!config.integers("all_patch_size", List.of(ZImageGraph.PATCH)).equals(List.of(ZImageGraph.PATCH))) {
            throw config.wrong("all_patch_size", "[2]");
        }
        if (!config.integers("all_f_patch_size", List.of(1)).equals(List.of(1))) {
            throw config.wrong("all_f_patch_size", "[1]");
        }
        config.mustBeUnset("siglip_feat_dim", "null");
        if (!config.flag("qk_norm", true)) {
            throw config.wrong("qk_norm", "true");
        }
        if (config.positive("n_kv_heads", read.heads()) != read.heads()) {
            throw config.wrong("n_kv_heads", "n_heads, " + read.heads() + ",");
        }
        boolean isEven = read.axes().stream().allMatch(axis -> axis % 2 == 0);
        int sum = read.axes().stream().mapToInt(Integer::intValue).sum();
        if (read.axes().size() != 3 || !isEven || sum != read.headSize()) {
            throw config.wrong("axes_dims", "three even numbers whose sum is dim / n_heads, " + read.headSize() + ",");
        }
        if (read.lengths().size() != 3) {
            throw config.wrong("axes_lens", "three numbers");
        }
    }
}
