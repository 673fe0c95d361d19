package dev.triptych.diffusion.network.tinyvae;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.List;
import java.util.Set;

/**
 * The config of an {@code AutoencoderTiny}; defaults are those of diffusers 0.36.
 *
 * @param latentChannels channels of the latents
 * @param encoderWidths channels of each level of the encoder, from pixels down; all alike
 * @param decoderWidths channels of each level of the decoder, from latents up; all alike
 * @param encoderBlocks blocks of each level of the encoder
 * @param decoderBlocks blocks of each level of the decoder
 * @param latentMagnitude latents are softly clamped to plus and minus this before decoding
 * @param scalingFactor what the latents are multiplied by after encoding, and divided by before decoding; mostly 1
 */
public record TinyVaeConfig(
        int latentChannels,
        List<Integer> encoderWidths,
        List<Integer> decoderWidths,
        List<Integer> encoderBlocks,
        List<Integer> decoderBlocks,
        float latentMagnitude,
        float scalingFactor) {

    private static final Set<String> CLASSES = Set.of("AutoencoderTiny");

    /** Copies the lists. */
    public TinyVaeConfig {
        encoderWidths = List.copyOf(encoderWidths);
        decoderWidths = List.copyOf(decoderWidths);
        encoderBlocks = List.copyOf(encoderBlocks);
        decoderBlocks = List.copyOf(decoderBlocks);
    }

    /** How many pixels of a picture one latent pixel stands for, along each axis. */
    public int scaleFactor() {
        return 1 << (decoderWidths.size() - 1);
    }

    /**
     * Reads a config.
     *
     * @throws dev.triptych.ModelLoadException if a value is of the wrong kind, or asks for what the graphs cannot
     *     express
     */
    public static TinyVaeConfig read(ConfigFile config) {
        config.oneOf("_class_name", "AutoencoderTiny", CLASSES);
        config.oneOf("act_fn", "relu", Set.of("relu"));
        config.oneOf("upsample_fn", "nearest", Set.of("nearest"));
        mustBe(config, "in_channels", 3);
        mustBe(config, "out_channels", 3);
        mustBe(config, "upsampling_scaling_factor", 2);
        List<Integer> four = List.of(64, 64, 64, 64);
        TinyVaeConfig tiny = new TinyVaeConfig(
                config.positive("latent_channels", 4),
                config.integers("encoder_block_out_channels", four),
                config.integers("decoder_block_out_channels", four),
                config.integers("num_encoder_blocks", List.of(1, 3, 3, 3)),
                config.integers("num_decoder_blocks", List.of(3, 3, 3, 1)),
                (float) config.number("latent_magnitude", 3),
                (float) config.number("scaling_factor", 1));
        requireAlike(config, "encoder_block_out_channels", tiny.encoderWidths());
        requireAlike(config, "decoder_block_out_channels", tiny.decoderWidths());
        requireLevels(config, "num_encoder_blocks", tiny.encoderBlocks(), tiny.encoderWidths());
        requireLevels(config, "num_decoder_blocks", tiny.decoderBlocks(), tiny.decoderWidths());
        if (tiny.scalingFactor() == 0 || !Float.isFinite(tiny.scalingFactor())) {
            throw config.wrong("scaling_factor", "a number other than 0");
        }
        return tiny;
    }

    private static void mustBe(ConfigFile config, String key, int only) {
        if (config.positive(key, only) != only) {
            throw config.wrong(key, only + ", the only number that is supported,");
        }
    }

    private static void requireAlike(ConfigFile config, String key, List<Integer> widths) {
        if (widths.stream().distinct().count() != 1) {
            throw config.wrong(key, "a list of equal numbers");
        }
    }

    private static void requireLevels(ConfigFile config, String key, List<Integer> blocks, List<Integer> widths) {
        if (blocks.size() != widths.size()) {
            throw config.wrong(key, "a list of " + widths.size() + " numbers, one a level,");
        }
    }
}
