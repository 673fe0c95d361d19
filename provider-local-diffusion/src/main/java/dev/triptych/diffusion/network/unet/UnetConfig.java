package dev.triptych.diffusion.network.unet;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The config of a {@code UNet2DConditionModel}, resolved block by block: what diffusers writes as a number or a list is
 * here a value of each block. Reference: diffusers 0.36, models/unets/unet_2d_condition.py and unet_2d_blocks.py.
 *
 * @param inChannels channels of the input: 4 latents, 9 for inpainting (with mask and masked picture), 8 for editing
 * @param outChannels channels of the prediction
 * @param sampleHeight the height it was trained on, in latent pixels; empty if the config does not say
 * @param sampleWidth the width it was trained on, in latent pixels; empty if the config does not say
 * @param centerInput whether the input x becomes 2x − 1 first
 * @param time how a timestep becomes a vector
 * @param classes how a class label joins that vector; empty if there are no labels
 * @param addition what else joins it
 * @param textWidth the length of a prompt embedding as it is fed; 0 for a U-Net that reads no prompt
 * @param textProjection whether a matrix brings prompt embeddings to the width of the attention first
 * @param down the blocks on the way down, first to last
 * @param middle the block at the bottom; empty if there is none
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
        TimeEmbedding time,
        Optional<ClassEmbedding> classes,
        Addition addition,
        int textWidth,
        boolean textProjection,
        List<Block> down,
        Optional<Block> middle,
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

    private static final Set<String> DOWN_BLOCKS =
            Set.of("CrossAttnDownBlock2D", "DownBlock2D", "SimpleCrossAttnDownBlock2D", "ResnetDownsampleBlock2D");
    private static final Set<String> UP_BLOCKS =
            Set.of("CrossAttnUpBlock2D", "UpBlock2D", "SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D");
    private static final Set<String> MIDDLE_BLOCKS =
            Set.of("UNetMidBlock2DCrossAttn", "UNetMidBlock2D", "UNetMidBlock2DSimpleCrossAttn");
    private static final Set<String> CLASS_KINDS = Set.of("timestep", "projection", "simple_projection", "identity");

    /**
     * Far beyond any U-Net: a damaged config must not make us compute with its numbers before the weights refute them.
     */
    private static final int MAX_CHANNELS = 1 << 16;

    private static final int MAX_LAYERS = 1 << 10;

    /**
     * How a timestep becomes the vector that every residual block receives.
     *
     * @param channels the length of the vector of sines and cosines
     * @param hidden the length after the two matrices behind it
     * @param fourier whether the frequencies are weights instead of a fixed series
     * @param cosineFirst whether the cosines come before the sines
     * @param frequencyShift what is taken from the number of frequencies in the exponent's divisor
     * @param conditionChannels the length of the guidance embedding that a distilled U-Net (LCM) receives; else empty
     * @param afterMatrices an activation right after the two matrices; {@code ""} = none
     * @param afterSum an activation after class and addition have joined; {@code ""} = none
     */
    public record TimeEmbedding(
            int channels,
            int hidden,
            boolean fourier,
            boolean cosineFirst,
            int frequencyShift,
            Optional<Integer> conditionChannels,
            String afterMatrices,
            String afterSum) {}

    /**
     * How a class label becomes a vector.
     *
     * @param kind table (of {@code size} rows), timestep, projection, simple_projection or identity
     * @param size rows of the table, or the length of the vector that is fed
     * @param concatenated whether it stands beside the time's vector instead of being added to it
     */
    public record ClassEmbedding(String kind, int size, boolean concatenated) {}

    /** What joins the time's vector beside a class. */
    public enum AdditionKind {
        /** Nothing. */
        NONE,
        /** The prompt's embeddings, pooled by attention. */
        TEXT,
        /** The pooled prompt and some numbers, such as the picture's size: SDXL. */
        TEXT_TIME
    }

    /**
     * What joins the time's vector beside a class.
     *
     * @param kind which
     * @param heads heads of the pooling attention, for TEXT
     * @param timeChannels the length of each number's vector of sines and cosines, for TEXT_TIME
     * @param inputs the length of pooled prompt and all numbers' vectors, for TEXT_TIME
     */
    public record Addition(AdditionKind kind, int heads, int timeChannels, int inputs) {}

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
     * @param transformerLayers layers of each transformer, one for each residual block
     * @param heads attention heads of each transformer
     * @param crossAttentionDim the length of a prompt embedding as the attention sees it
     * @param onlyCrossAttention whether the first attention of a layer looks at the prompt too, not at the picture
     * @param glide whether it is built as GLIDE's levels are (Nichol et al. 2021, from Dhariwal and Nichol 2021): one
     *     attention over prompt and picture together in the place of a transformer, and residual blocks that change the
     *     size in the place of convolutions
     */
    public record Block(
            int channels,
            int layers,
            boolean attention,
            List<Integer> transformerLayers,
            int heads,
            int crossAttentionDim,
            boolean onlyCrossAttention,
            boolean glide) {

        /** Copies the list. */
        public Block {
            transformerLayers = List.copyOf(transformerLayers);
        }
    }

    /** Copies the lists. */
    public UnetConfig {
        down = List.copyOf(down);
        up = List.copyOf(up);
    }

    /** Whether it reads no prompt. */
    public boolean isUnconditional() {
        return textWidth == 0;
    }

    /** Whether the attention of some level takes a mask over the prompt's tokens. */
    public boolean takesMask() {
        return middle.filter(block -> block.glide() && block.attention()).isPresent()
                || down.stream().anyMatch(block -> block.glide() && block.attention())
                || up.stream().anyMatch(block -> block.glide() && block.attention());
    }

    /** How many numbers are fed beside a pooled prompt of length {@code pooled}; 0 where none are. */
    public int timeIds(int pooled) {
        return addition.kind() == AdditionKind.TEXT_TIME ? (addition.inputs() - pooled) / addition.timeChannels() : 0;
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind, or of a kind of block we have not
     */
    public static UnetConfig read(ConfigFile config) {
        return read(config, false);
    }

    /**
     * Reads the config of a {@code UNet2DModel}, which reads no prompt and looks at nothing.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind, or asks for what we have no graph for
     */
    public static UnetConfig readUnconditional(ConfigFile config) {
        UnconditionalUnets.requireSupported(config);
        UnetConfig unet = read(config, true);
        requireDivisible(config, unet);
        return unet;
    }

    private static UnetConfig read(ConfigFile config, boolean unconditional) {
        List<Integer> channels = config.integers("block_out_channels", List.of(320, 640, 1280, 1280));
        List<Block> down = downBlocks(config, channels);
        List<Block> up = upBlocks(config, down);
        Norm norm = new Norm(config.positive("norm_num_groups", 32), (float) config.number("norm_eps", 1e-5));
        TimeEmbedding time = timeEmbedding(config, channels.get(0));
        int attentionWidth = down.get(0).crossAttentionDim();
        return new UnetConfig(
                config.positive("in_channels", 4),
                config.positive("out_channels", 4),
                sampleSize(config, 0),
                sampleSize(config, 1),
                config.flag("center_input_sample", false),
                time,
                classEmbedding(config, time),
                addition(config),
                unconditional ? 0 : config.positive("encoder_hid_dim", attentionWidth),
                config.has("encoder_hid_dim"),
                down,
                unconditional ? Optional.of(UnconditionalUnets.middle(down)) : middle(config, down),
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
     * Refuses what {@link UnetGraph} has no graph for; a ready-made ONNX file may have it.
     *
     * @throws dev.triptych.ModelLoadException naming the key, what is supported and what was found
     */
    public static void requireSupported(ConfigFile config) {
        config.oneOf("_class_name", "UNet2DConditionModel", Set.of("UNet2DConditionModel"));
        config.mustBeUnset("num_attention_heads", "");
        config.mustBeUnset("cross_attention_norm", "");
        config.mustBeUnset("dual_cross_attention", "false");
        config.mustBeUnset("resnet_skip_time_act", "false");
        config.mustBeUnset("attention_type", "default");
        config.oneOf("encoder_hid_dim_type", "text_proj", Set.of("text_proj"));
        if (config.has("encoder_hid_dim_type") && !config.has("encoder_hid_dim")) {
            throw config.wrong("encoder_hid_dim", "a whole number above 0, because encoder_hid_dim_type is set,");
        }
        if (config.node("norm_num_groups").isNull()) {
            throw config.wrong("norm_num_groups", "a whole number above 0");
        }
        UnetConfig unet = read(config);
        if (unet.classes().filter(ClassEmbedding::concatenated).isPresent()
                && unet.addition().kind() != AdditionKind.NONE) {
            throw config.wrong("class_embeddings_concat", "false beside addition_embed_type,");
        }
        requireDivisible(config, unet);
    }

    /** A sentence for each key that has no effect. */
    public static List<String> remarks(ConfigFile config) {
        return config.unknownKeys(UnetKeys.KNOWN);
    }

    private static void requireDivisible(ConfigFile config, UnetConfig unet) {
        for (Block block : unet.down()) {
            if (block.channels() > MAX_CHANNELS) {
                throw config.wrong("block_out_channels", "at most " + MAX_CHANNELS);
            }
            if (block.layers() > MAX_LAYERS) {
                throw config.wrong("layers_per_block", "at most " + MAX_LAYERS);
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

    private static TimeEmbedding timeEmbedding(ConfigFile config, int channels) {
        boolean fourier = config.oneOf("time_embedding_type", "positional", Set.of("positional", "fourier"))
                .equals("fourier");
        int hidden = config.positive("time_embedding_dim", (fourier ? 2 : 4) * channels);
        return new TimeEmbedding(
                fourier ? hidden : channels,
                hidden,
                fourier,
                config.flag("flip_sin_to_cos", true),
                config.integer("freq_shift", 0),
                config.integer("time_cond_proj_dim"),
                activationOrNone(config, "timestep_post_act"),
                activationOrNone(config, "time_embedding_act_fn"));
    }

    private static String activationOrNone(ConfigFile config, String key) {
        return config.has(key) ? ACTIVATIONS.getOrDefault(config.oneOf(key, "", ACTIVATIONS.keySet()), "") : "";
    }

    private static Optional<ClassEmbedding> classEmbedding(ConfigFile config, TimeEmbedding time) {
        boolean concatenated = config.flag("class_embeddings_concat", false);
        if (!config.has("class_embed_type")) {
            return config.integer("num_class_embeds").map(rows -> new ClassEmbedding("table", rows, concatenated));
        }
        String kind = config.oneOf("class_embed_type", "", CLASS_KINDS);
        boolean projected = kind.equals("projection") || kind.equals("simple_projection");
        if (projected && !config.has("projection_class_embeddings_input_dim")) {
            throw config.wrong("projection_class_embeddings_input_dim", "a whole number above 0");
        }
        int size = projected ? config.positive("projection_class_embeddings_input_dim", 1) : 1;
        return Optional.of(new ClassEmbedding(kind, kind.equals("identity") ? time.hidden() : size, concatenated));
    }

    private static Addition addition(ConfigFile config) {
        if (!config.has("addition_embed_type")) {
            return new Addition(AdditionKind.NONE, 1, 0, 0);
        }
        int heads = config.positive("addition_embed_type_num_heads", 64);
        if (config.oneOf("addition_embed_type", "", Set.of("text", "text_time")).equals("text")) {
            return new Addition(AdditionKind.TEXT, heads, 0, 0);
        }
        for (String key : List.of("addition_time_embed_dim", "projection_class_embeddings_input_dim")) {
            if (!config.has(key)) {
                throw config.wrong(key, "a whole number above 0, because addition_embed_type is text_time,");
            }
        }
        return new Addition(
                AdditionKind.TEXT_TIME,
                heads,
                config.positive("addition_time_embed_dim", 1),
                config.positive("projection_class_embeddings_input_dim", 1));
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
        List<Integer> crossAttentionDims = config.integerOrList("cross_attention_dim", 1280, levels);
        List<Boolean> onlyCrossAttention = config.flagOrList("only_cross_attention", false, levels);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < levels; i++) {
            boolean attention = types.get(i).contains("CrossAttn");
            boolean glide = isGlide(types.get(i));
            blocks.add(new Block(
                    channels.get(i),
                    layers.get(i),
                    attention,
                    transformerLayers(config, "transformer_layers_per_block", i, levels, layers.get(i), attention),
                    heads(config, i, levels, channels.get(i), attention, glide),
                    crossAttentionDims.get(i),
                    onlyCrossAttention.get(i),
                    glide));
        }
        return blocks;
    }

    private static boolean isGlide(String type) {
        return type.startsWith("SimpleCrossAttn") || type.startsWith("Resnet") || type.endsWith("SimpleCrossAttn");
    }

    /** {@code attention_head_dim} is the number of heads, in spite of its name; in GLIDE's levels it is their width. */
    private static int heads(ConfigFile config, int level, int levels, int channels, boolean attention, boolean glide) {
        int number = config.integerOrList("attention_head_dim", 8, levels).get(level);
        if (!glide) {
            return number;
        }
        if (attention && channels % number != 0) {
            throw config.wrong("attention_head_dim", "divisors of block_out_channels, such as " + channels + ",");
        }
        return Math.max(1, channels / number);
    }

    /**
     * The way up mirrors the way down, each level with one more layer. Kinds of block are said separately, and, where
     * transformers of one level differ in depth, their depths: in the order of the way up, as they are executed.
     */
    private static List<Block> upBlocks(ConfigFile config, List<Block> down) {
        int levels = down.size();
        List<String> types = types(
                config,
                "up_block_types",
                List.of("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
                UP_BLOCKS,
                levels);
        boolean own = config.has("reverse_transformer_layers_per_block");
        List<Block> up = new ArrayList<>();
        for (int i = 0; i < levels; i++) {
            Block mirrored = down.get(levels - 1 - i);
            int layers = mirrored.layers() + 1;
            boolean attention = types.get(i).contains("CrossAttn");
            boolean glide = isGlide(types.get(i));
            List<Integer> depths = own
                    ? transformerLayers(config, "reverse_transformer_layers_per_block", i, levels, layers, attention)
                    : mirroredDepths(config, levels - 1 - i, levels, layers, attention);
            up.add(new Block(
                    mirrored.channels(),
                    layers,
                    attention,
                    depths,
                    heads(config, levels - 1 - i, levels, mirrored.channels(), attention, glide),
                    mirrored.crossAttentionDim(),
                    mirrored.onlyCrossAttention(),
                    glide));
        }
        return up;
    }

    private static List<Integer> mirroredDepths(
            ConfigFile config, int level, int levels, int layers, boolean attention) {
        String key = "transformer_layers_per_block";
        if (attention && config.node(key).path(level).isArray()) {
            throw config.wrong("reverse_transformer_layers_per_block", "a list, because " + key + " holds lists,");
        }
        return transformerLayers(config, key, level, levels, layers, attention);
    }

    /** The depth of each transformer of one level: a number for all, or a list with one for each. */
    private static List<Integer> transformerLayers(
            ConfigFile config, String key, int level, int levels, int layers, boolean attention) {
        JsonNode value = config.node(key);
        if (value.isArray() && value.size() != levels) {
            throw config.wrong(key, "a list of " + levels + ", one for each block,");
        }
        JsonNode entry = value.isArray() ? value.path(level) : value;
        if (!attention) {
            return Collections.nCopies(layers, 0);
        }
        if (entry.isMissingNode() || entry.isNull()) {
            return Collections.nCopies(layers, 1);
        }
        if (!entry.isArray()) {
            return Collections.nCopies(layers, depth(config, key, entry));
        }
        if (entry.size() < layers) {
            throw config.wrong(key, "at its entry " + level + " a list of " + layers + ", one for each transformer,");
        }
        List<Integer> depths = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            depths.add(depth(config, key, entry.path(i)));
        }
        return depths;
    }

    private static int depth(ConfigFile config, String key, JsonNode number) {
        if (!number.isIntegralNumber() || number.longValue() < 1 || number.longValue() > MAX_LAYERS) {
            throw config.wrong(key, "whole numbers from 1 to " + MAX_LAYERS + " (or lists of them)");
        }
        return number.intValue();
    }

    /** The block at the bottom, as wide as the last one on the way down; empty if the config says null. */
    private static Optional<Block> middle(ConfigFile config, List<Block> down) {
        Block bottom = down.get(down.size() - 1);
        if (config.node("mid_block_type").isNull()) {
            return Optional.empty();
        }
        String type = withoutLegacyPrefix(config.text("mid_block_type", "UNetMidBlock2DCrossAttn"));
        if (!MIDDLE_BLOCKS.contains(type)) {
            throw config.wrong("mid_block_type", "one of " + new TreeSet<>(MIDDLE_BLOCKS) + ", which are supported,");
        }
        boolean attention = type.endsWith("CrossAttn");
        boolean glide = isGlide(type);
        JsonNode depths = config.node("transformer_layers_per_block");
        JsonNode last = depths.isArray() ? depths.path(depths.size() - 1) : depths;
        JsonNode first = last.isArray() ? last.path(0) : last;
        int depth = !attention || first.isMissingNode() || first.isNull()
                ? 1
                : depth(config, "transformer_layers_per_block", first);
        return Optional.of(new Block(
                bottom.channels(),
                attention ? 2 : 1,
                attention,
                List.of(depth),
                heads(config, down.size() - 1, down.size(), bottom.channels(), attention, glide),
                bottom.crossAttentionDim(),
                glide && config.flag("mid_block_only_cross_attention", bottom.onlyCrossAttention()),
                glide));
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
