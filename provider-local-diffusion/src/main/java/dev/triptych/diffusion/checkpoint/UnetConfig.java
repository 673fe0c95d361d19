package dev.triptych.diffusion.checkpoint;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The config of a {@code UNet2DConditionModel}, resolved block by block: what diffusers writes as a number or a list is
 * here a value of each block.
 *
 * @param inChannels channels of the input: 4 latents, 9 for inpainting (with mask and masked picture), 8 for editing
 * @param outChannels channels of the predicted noise
 * @param sampleHeight the height it was trained on, in latent pixels; empty if the config does not say
 * @param sampleWidth the width it was trained on, in latent pixels; empty if the config does not say
 * @param centerInput whether the input x becomes 2x − 1 first
 * @param timeEmbedding how a timestep becomes a vector
 * @param down the blocks on the way down, first to last
 * @param middle the block at the bottom; empty if there is none
 * @param middleHasAttention whether the block at the bottom has a transformer
 * @param up the blocks on the way up, first to last
 * @param norm how activations are normalised
 * @param activation the activation function: silu, gelu, relu or mish
 * @param linearProjection whether the projections around a transformer are matrices instead of 1×1 convolutions
 * @param scaleShift whether the timestep scales and shifts an activation instead of only shifting it
 * @param middleScale what the block at the bottom divides its residual sums by
 * @param downsamplePadding the padding of the convolutions that halve the size
 * @param inKernel the size of the first convolution
 * @param outKernel the size of the last convolution
 */
public record UnetConfig(
        int inChannels,
        int outChannels,
        Optional<Integer> sampleHeight,
        Optional<Integer> sampleWidth,
        boolean centerInput,
        TimeEmbedding timeEmbedding,
        List<Block> down,
        Optional<Block> middle,
        boolean middleHasAttention,
        List<Block> up,
        Norm norm,
        String activation,
        boolean linearProjection,
        boolean scaleShift,
        float middleScale,
        int downsamplePadding,
        int inKernel,
        int outKernel) {

    private static final Map<String, String> ACTIVATIONS =
            Map.of("silu", "silu", "swish", "silu", "gelu", "gelu", "relu", "relu", "mish", "mish");

    private static final Set<String> DOWN_BLOCKS = Set.of("CrossAttnDownBlock2D", "DownBlock2D");
    private static final Set<String> UP_BLOCKS = Set.of("CrossAttnUpBlock2D", "UpBlock2D");
    private static final Set<String> MIDDLE_BLOCKS = Set.of("UNetMidBlock2DCrossAttn", "UNetMidBlock2D");

    /** What diffusers' constructor takes and, from "decay" on, what training leaves behind. */
    private static final Set<String> KNOWN = Set.of(
            "sample_size",
            "in_channels",
            "out_channels",
            "center_input_sample",
            "flip_sin_to_cos",
            "freq_shift",
            "down_block_types",
            "mid_block_type",
            "up_block_types",
            "only_cross_attention",
            "block_out_channels",
            "layers_per_block",
            "downsample_padding",
            "mid_block_scale_factor",
            "dropout",
            "act_fn",
            "norm_num_groups",
            "norm_eps",
            "cross_attention_dim",
            "transformer_layers_per_block",
            "reverse_transformer_layers_per_block",
            "encoder_hid_dim",
            "encoder_hid_dim_type",
            "attention_head_dim",
            "num_attention_heads",
            "dual_cross_attention",
            "use_linear_projection",
            "class_embed_type",
            "addition_embed_type",
            "addition_time_embed_dim",
            "num_class_embeds",
            "upcast_attention",
            "resnet_time_scale_shift",
            "resnet_skip_time_act",
            "resnet_out_scale_factor",
            "time_embedding_type",
            "time_embedding_dim",
            "time_embedding_act_fn",
            "timestep_post_act",
            "time_cond_proj_dim",
            "conv_in_kernel",
            "conv_out_kernel",
            "projection_class_embeddings_input_dim",
            "attention_type",
            "class_embeddings_concat",
            "mid_block_only_cross_attention",
            "cross_attention_norm",
            "addition_embed_type_num_heads",
            "decay",
            "inv_gamma",
            "min_decay",
            "min_value",
            "optimization_step",
            "power",
            "update_after_step",
            "use_ema_warmup",
            "collapse_transformer_layers",
            "architectures",
            "torch_dtype",
            "dtype",
            "model_type",
            "transformers_version");

    /**
     * Far beyond any U-Net: a damaged config must not make us compute with its numbers before the weights refute them.
     */
    private static final int MAX_CHANNELS = 1 << 16;

    /**
     * How a timestep becomes the vector that every residual block receives.
     *
     * @param channels the length of the sinusoidal vector
     * @param hidden the length after the two matrices behind it
     * @param cosineFirst whether the cosines come before the sines
     * @param frequencyShift what is taken from the number of frequencies in the exponent's divisor
     * @param conditionChannels the length of the guidance embedding that a distilled U-Net (LCM) receives; else empty
     */
    public record TimeEmbedding(
            int channels, int hidden, boolean cosineFirst, int frequencyShift, Optional<Integer> conditionChannels) {}

    /**
     * Group normalisation.
     *
     * @param groups into how many groups the channels fall
     * @param epsilon what is added to the variance
     */
    public record Norm(int groups, float epsilon) {}

    /**
     * One level of the U.
     *
     * @param channels channels at this level
     * @param layers residual blocks
     * @param attention whether a transformer follows each residual block
     * @param transformerLayers layers of each transformer
     * @param heads attention heads of each transformer
     * @param crossAttentionDim the length of a prompt embedding
     * @param onlyCrossAttention whether the first attention of a layer looks at the prompt too, not at the picture
     */
    public record Block(
            int channels,
            int layers,
            boolean attention,
            int transformerLayers,
            int heads,
            int crossAttentionDim,
            boolean onlyCrossAttention) {}

    /** Copies the lists. */
    public UnetConfig {
        down = List.copyOf(down);
        up = List.copyOf(up);
    }

    /** The length of a prompt embedding. */
    public int crossAttentionDim() {
        return down.get(0).crossAttentionDim();
    }

    static UnetConfig read(ConfigFile config) {
        List<Integer> channels = config.integers("block_out_channels", List.of(320, 640, 1280, 1280));
        int levels = channels.size();
        List<Block> down = downBlocks(config, channels);
        List<Block> up = upBlocks(config, down);
        Norm norm = new Norm(config.positive("norm_num_groups", 32), (float) config.number("norm_eps", 1e-5));
        String middle = middleType(config);
        Block bottom = down.get(levels - 1);
        return new UnetConfig(
                config.positive("in_channels", 4),
                config.positive("out_channels", 4),
                sampleSize(config, 0),
                sampleSize(config, 1),
                config.flag("center_input_sample", false),
                new TimeEmbedding(
                        channels.get(0),
                        config.positive("time_embedding_dim", 4 * channels.get(0)),
                        config.flag("flip_sin_to_cos", true),
                        config.integer("freq_shift", 0),
                        config.integer("time_cond_proj_dim")),
                down,
                middle.isEmpty() ? Optional.empty() : Optional.of(bottom),
                middle.equals("UNetMidBlock2DCrossAttn"),
                up,
                norm,
                ACTIVATIONS.getOrDefault(config.oneOf("act_fn", "silu", ACTIVATIONS.keySet()), "silu"),
                config.flag("use_linear_projection", false),
                config.oneOf("resnet_time_scale_shift", "default", Set.of("default", "scale_shift"))
                        .equals("scale_shift"),
                (float) config.number("mid_block_scale_factor", 1),
                config.integer("downsample_padding", 1),
                config.positive("conv_in_kernel", 3),
                config.positive("conv_out_kernel", 3));
    }

    /**
     * Refuses what {@link dev.triptych.diffusion.graph.UnetGraph} has no graph for. A ready-made ONNX file may have it.
     */
    static void requireSupported(ConfigFile config) {
        config.oneOf("_class_name", "UNet2DConditionModel", Set.of("UNet2DConditionModel"));
        config.refuseUnknown(KNOWN);
        for (String key : List.of(
                "num_attention_heads",
                "encoder_hid_dim",
                "encoder_hid_dim_type",
                "class_embed_type",
                "num_class_embeds",
                "addition_embed_type",
                "time_embedding_act_fn",
                "timestep_post_act",
                "cross_attention_norm",
                "reverse_transformer_layers_per_block")) {
            config.mustBeUnset(key, "");
        }
        for (String key : List.of("dual_cross_attention", "resnet_skip_time_act", "class_embeddings_concat")) {
            config.mustBeUnset(key, "false");
        }
        config.mustBeUnset("time_embedding_type", "positional");
        config.mustBeUnset("attention_type", "default");
        if (config.node("norm_num_groups").isNull()) {
            throw config.wrong("norm_num_groups", "a whole number above 0");
        }
        requireDivisible(config, read(config));
    }

    private static void requireDivisible(ConfigFile config, UnetConfig unet) {
        for (Block block : unet.down()) {
            if (block.channels() > MAX_CHANNELS) {
                throw config.wrong("block_out_channels", "at most " + MAX_CHANNELS);
            }
            if (block.channels() % unet.norm().groups() != 0) {
                throw config.wrong(
                        "block_out_channels",
                        "multiples of norm_num_groups, " + unet.norm().groups() + ",");
            }
            if (block.attention() && block.channels() % block.heads() != 0) {
                throw config.wrong(
                        "attention_head_dim",
                        "divisors of block_out_channels "
                                + unet.down().stream().map(Block::channels).toList());
            }
        }
    }

    private static List<Block> downBlocks(ConfigFile config, List<Integer> channels) {
        int levels = channels.size();
        List<String> types = types(
                config,
                "down_block_types",
                List.of("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
                DOWN_BLOCKS,
                levels);
        List<Integer> layers = config.integerOrList("layers_per_block", 2, levels);
        List<Integer> transformerLayers = config.integerOrList("transformer_layers_per_block", 1, levels);
        List<Integer> heads = config.integerOrList("attention_head_dim", 8, levels);
        List<Integer> crossAttentionDims = config.integerOrList("cross_attention_dim", 1280, levels);
        List<Boolean> onlyCrossAttention = config.flagOrList("only_cross_attention", false, levels);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < levels; i++) {
            blocks.add(new Block(
                    channels.get(i),
                    layers.get(i),
                    types.get(i).startsWith("CrossAttn"),
                    transformerLayers.get(i),
                    heads.get(i),
                    crossAttentionDims.get(i),
                    onlyCrossAttention.get(i)));
        }
        return blocks;
    }

    /** The way up mirrors the way down, each level with one more layer; only the kinds of block are said separately. */
    private static List<Block> upBlocks(ConfigFile config, List<Block> down) {
        List<String> types = types(
                config,
                "up_block_types",
                List.of("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
                UP_BLOCKS,
                down.size());
        List<Block> mirrored = new ArrayList<>(down);
        Collections.reverse(mirrored);
        List<Block> up = new ArrayList<>();
        for (int i = 0; i < mirrored.size(); i++) {
            Block block = mirrored.get(i);
            up.add(new Block(
                    block.channels(),
                    block.layers() + 1,
                    types.get(i).startsWith("CrossAttn"),
                    block.transformerLayers(),
                    block.heads(),
                    block.crossAttentionDim(),
                    block.onlyCrossAttention()));
        }
        return up;
    }

    private static List<String> types(
            ConfigFile config, String key, List<String> standard, Set<String> supported, int levels) {
        List<String> types = config.texts(key, standard).stream()
                .map(UnetConfig::withoutLegacyPrefix)
                .toList();
        if (types.size() != levels || !supported.containsAll(types)) {
            throw config.wrong(
                    key, "a list of " + levels + " out of " + new TreeSet<>(supported) + ", which are supported,");
        }
        return types;
    }

    /** The kind of the block at the bottom; empty if the config says null. */
    private static String middleType(ConfigFile config) {
        if (config.node("mid_block_type").isNull()) {
            return "";
        }
        return withoutLegacyPrefix(config.oneOf("mid_block_type", "UNetMidBlock2DCrossAttn", MIDDLE_BLOCKS));
    }

    private static String withoutLegacyPrefix(String type) {
        return type.startsWith("UNetRes") ? type.substring("UNetRes".length()) : type;
    }

    private static Optional<Integer> sampleSize(ConfigFile config, int axis) {
        if (!config.has("sample_size")) {
            return Optional.empty();
        }
        int size = config.integerOrList("sample_size", 64, 2).get(axis);
        boolean single = config.node("sample_size").isInt();
        return Optional.of(single && size < 64 && isOlderThan09(config) ? 64 : size);
    }

    /** Checkpoints written before diffusers 0.9 state a sample size that their pipeline did not use. */
    private static boolean isOlderThan09(ConfigFile config) {
        return config.text("_diffusers_version", "1").matches("0\\.[0-8](\\..*)?");
    }
}
