package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.network.unet.UnetConfig.Block;
import java.util.List;
import java.util.Set;

/**
 * What a {@code UNet2DModel} has otherwise than a {@code UNet2DConditionModel}: it reads no prompt, and two residual
 * blocks are its bottom. Reference: diffusers 0.42, models/unets/unet_2d.py. Those without attention are supported, as
 * unCLIP's upsamplers are.
 */
final class UnconditionalUnets {

    private static final List<String> REQUIRED =
            List.of("block_out_channels", "down_block_types", "up_block_types", "in_channels", "out_channels");

    private static final Set<String> BLOCKS =
            Set.of("DownBlock2D", "ResnetDownsampleBlock2D", "UpBlock2D", "ResnetUpsampleBlock2D");

    private UnconditionalUnets() {}

    /** Refuses what {@link UnetGraph} has no graph for. */
    static void requireSupported(ConfigFile config) {
        config.oneOf("_class_name", "UNet2DModel", Set.of("UNet2DModel"));
        for (String key : REQUIRED) { // whose defaults are not those of the other class
            if (!config.has(key)) {
                throw config.wrong(key, "given");
            }
        }
        for (String key : List.of("down_block_types", "up_block_types")) {
            if (!BLOCKS.containsAll(config.texts(key, List.of()))) {
                throw config.wrong(key, "without attention, which alone is supported,");
            }
        }
        config.oneOf("mid_block_type", "UNetMidBlock2D", Set.of("UNetMidBlock2D"));
        if (config.flag("add_attention", true)) {
            throw config.wrong("add_attention", "false, the only supported value,");
        }
        config.mustBeUnset("class_embed_type", "");
        config.mustBeUnset("num_class_embeds", "");
        config.mustBeUnset("attn_norm_num_groups", "");
        config.mustBeUnset("time_embedding_type", "positional");
        config.mustBeUnset("downsample_type", "conv");
        config.mustBeUnset("upsample_type", "conv");
    }

    /** The bottom, as wide as the last level on the way down. */
    static Block middle(List<Block> down) {
        Block bottom = down.get(down.size() - 1);
        return new Block(bottom.channels(), 2, false, List.of(0, 0), 1, 1, false, bottom.glide());
    }
}
