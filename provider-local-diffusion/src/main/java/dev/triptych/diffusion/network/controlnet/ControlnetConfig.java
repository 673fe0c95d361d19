package dev.triptych.diffusion.network.controlnet;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.network.unet.UnetConfig;
import java.util.List;
import java.util.Set;

/**
 * The config of a {@code ControlNetModel}. Reference: diffusers 0.36, models/controlnets/controlnet.py. Immutable.
 *
 * @param half the U-Net whose first half it is a copy of
 * @param pictureChannels channels of the control picture, 3
 * @param pictureWidths channels of the convolutions that read the control picture; each but the first halves it
 * @param blueFirst whether the control picture's channels stand in the order blue, green, red
 * @param pooled whether what it finds is one number for each channel, the same everywhere
 */
public record ControlnetConfig(
        UnetConfig half, int pictureChannels, List<Integer> pictureWidths, boolean blueFirst, boolean pooled) {

    private static final List<Integer> USUAL_WIDTHS = List.of(16, 32, 96, 256);

    /** Copies the list. */
    public ControlnetConfig {
        pictureWidths = List.copyOf(pictureWidths);
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException naming the key, what is supported and what was found
     */
    public static ControlnetConfig read(ConfigFile config) {
        config.oneOf("_class_name", "ControlNetModel", Set.of("ControlNetModel"));
        ConfigFile half = half(config);
        UnetConfig.requireSupported(half);
        return new ControlnetConfig(
                UnetConfig.read(half),
                config.positive("conditioning_channels", 3),
                config.integers("conditioning_embedding_out_channels", USUAL_WIDTHS),
                config.oneOf("controlnet_conditioning_channel_order", "rgb", Set.of("rgb", "bgr"))
                        .equals("bgr"),
                config.flag("global_pool_conditions", false));
    }

    /** The config as a U-Net's, with a plain way up, of which nothing is built. */
    private static ConfigFile half(ConfigFile config) {
        ObjectNode root = config.root().deepCopy();
        root.put("_class_name", "UNet2DConditionModel");
        root.remove(List.of("out_channels", "conv_out_kernel", "reverse_transformer_layers_per_block"));
        ArrayNode up = root.putArray("up_block_types");
        config.integers("block_out_channels", List.of(320, 640, 1280, 1280)).forEach(level -> up.add("UpBlock2D"));
        return ConfigFile.of(config.file(), root);
    }

    /** How many pixels of the control picture make one latent pixel, along each edge. */
    int factor() {
        return 1 << (pictureWidths.size() - 1);
    }
}
