package dev.triptych.diffusion.network.vae;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;

/**
 * The config of an {@code AutoencoderKL}, or of FLUX.2's kind of it.
 *
 * @param inChannels channels of a picture, 3
 * @param outChannels channels of a decoded picture, 3
 * @param latentChannels channels of the latents
 * @param channels channels of each level, from pixels down
 * @param decoderChannels the same in the decoder
 * @param layers residual blocks of a level in the encoder; the decoder has one more
 * @param groups groups of the normalisation
 * @param scalingFactor what the latents are multiplied by after encoding, and divided by before decoding
 * @param shiftFactor what is taken from the latents before scaling, and added back; 0 in Stable Diffusion
 * @param latentMean the mean of each latent channel, where the scaling uses one (with latentDeviation); else empty
 * @param latentDeviation the standard deviation of each latent channel; empty as latentMean
 * @param quantConvolution whether a 1×1 convolution follows the encoder
 * @param postQuantConvolution whether a 1×1 convolution precedes the decoder
 * @param middleAttention whether the middle has self-attention
 */
public record VaeConfig(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> channels,
        List<Integer> decoderChannels,
        int layers,
        int groups,
        float scalingFactor,
        float shiftFactor,
        List<Float> latentMean,
        List<Float> latentDeviation,
        boolean quantConvolution,
        boolean postQuantConvolution,
        boolean middleAttention) {

    private static final Set<String> KNOWN = Set.of(
            "in_channels",
            "out_channels",
            "down_block_types",
            "up_block_types",
            "block_out_channels",
            "layers_per_block",
            "act_fn",
            "latent_channels",
            "norm_num_groups",
            "sample_size",
            "scaling_factor",
            "shift_factor",
            "latents_mean",
            "latents_std",
            "force_upcast",
            "use_quant_conv",
            "use_post_quant_conv",
            "mid_block_add_attention",
            "batch_norm_eps",
            "batch_norm_momentum",
            "patch_size",
            "decoder_block_out_channels",
            "architectures",
            "torch_dtype",
            "dtype",
            "model_type",
            "transformers_version");

    /** Copies the lists. */
    public VaeConfig {
        channels = List.copyOf(channels);
        decoderChannels = List.copyOf(decoderChannels);
        latentMean = List.copyOf(latentMean);
        latentDeviation = List.copyOf(latentDeviation);
    }

    /** How many pixels of a picture one latent pixel stands for, along each axis. */
    public int scaleFactor() {
        return 1 << (channels.size() - 1);
    }

    /** How many numbers the decoder's normalisations go by: a mean and a variance for each group of each. */
    int decoderStatistics() {
        int blocks = 2 + channels.size() * (layers + 1);
        return 2 * groups * (2 * blocks + (middleAttention ? 1 : 0) + 1);
    }

    /** How many numbers the encoder's normalisations go by. */
    int encoderStatistics() {
        int blocks = 2 + channels.size() * layers;
        return 2 * groups * (2 * blocks + (middleAttention ? 1 : 0) + 1);
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind
     */
    public static VaeConfig read(ConfigFile config) {
        List<Float> mean = config.numbers("latents_mean");
        List<Float> deviation = config.numbers("latents_std");
        boolean both = !mean.isEmpty() && !deviation.isEmpty(); // one alone has no effect, as in diffusers
        List<Integer> channels = config.integers("block_out_channels", List.of(64));
        return new VaeConfig(
                config.positive("in_channels", 3),
                config.positive("out_channels", 3),
                config.positive("latent_channels", 4),
                channels,
                config.has("decoder_block_out_channels")
                        ? config.integers("decoder_block_out_channels", channels)
                        : channels,
                config.positive("layers_per_block", 1),
                config.positive("norm_num_groups", 32),
                (float) config.number("scaling_factor", 0.18215),
                (float) config.number("shift_factor", 0),
                both ? mean : List.of(),
                both ? deviation : List.of(),
                config.flag("use_quant_conv", true),
                config.flag("use_post_quant_conv", true),
                config.flag("mid_block_add_attention", true));
    }

    /** A sentence for each key that has no effect. */
    public static List<String> remarks(ConfigFile config) {
        return config.unknownKeys(KNOWN);
    }

    /**
     * Refuses what the autoencoder's graphs cannot express.
     *
     * @throws dev.triptych.ModelLoadException naming the key, what is supported and what was found
     */
    public static void requireSupported(ConfigFile config) {
        requireSupported(config, "AutoencoderKL");
    }

    /**
     * The same of an autoencoder of the class {@code className}, which has the same layers.
     *
     * @throws dev.triptych.ModelLoadException naming the key, what is supported and what was found
     */
    public static void requireSupported(ConfigFile config, String className) {
        config.oneOf("_class_name", className, Set.of(className));
        config.oneOf("act_fn", "silu", Set.of("silu", "swish"));
        VaeConfig vae = read(config);
        for (String key : List.of("latents_mean", "latents_std")) {
            int numbers = config.numbers(key).size();
            if (numbers != 0 && numbers != vae.latentChannels()) {
                throw config.wrong(key, "a list of latent_channels numbers, " + vae.latentChannels() + ",");
            }
        }
        if (vae.latentDeviation().contains(0f)) {
            throw config.wrong("latents_std", "numbers other than 0");
        }
        requireBlocks(
                config, "down_block_types", "DownEncoderBlock2D", vae.channels().size());
        requireBlocks(
                config, "up_block_types", "UpDecoderBlock2D", vae.channels().size());
        if (vae.channels().stream().anyMatch(channels -> channels % vae.groups() != 0)) {
            throw config.wrong("block_out_channels", "multiples of norm_num_groups, " + vae.groups() + ",");
        }
        boolean decodes = vae.decoderChannels().size() == vae.channels().size()
                && vae.decoderChannels().stream().allMatch(channels -> channels % vae.groups() == 0);
        if (!decodes) {
            throw config.wrong(
                    "decoder_block_out_channels",
                    "as many as block_out_channels, multiples of norm_num_groups, " + vae.groups() + ",");
        }
        if (className.equals("AutoencoderKLFlux2")
                && !config.integers("patch_size", List.of(2, 2)).equals(List.of(2, 2))) {
            throw config.wrong("patch_size", "[2, 2]");
        }
        if (vae.scalingFactor() == 0 || !Float.isFinite(vae.scalingFactor())) {
            throw config.wrong("scaling_factor", "a number other than 0");
        }
    }

    private static void requireBlocks(ConfigFile config, String key, String type, int levels) {
        List<String> types = config.texts(key, List.of(type));
        if (types.size() != levels || types.stream().anyMatch(found -> !found.equals(type))) {
            throw config.wrong(key, "a list of " + levels + " times \"" + type + "\", the only supported kind,");
        }
    }
}
