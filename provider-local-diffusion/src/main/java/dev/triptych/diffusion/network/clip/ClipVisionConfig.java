package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.checkpoint.ConfigFile;
import java.util.Set;

/**
 * The config of a {@code CLIPVisionModel}; defaults are those of transformers 4.57.
 *
 * @param imageSize height and width of the picture it reads, in pixels
 * @param patchSize height and width of the patches that the picture is cut into
 * @param transformer what follows
 */
public record ClipVisionConfig(int imageSize, int patchSize, ClipTransformer transformer) {

    /** Reads a config. */
    public static ClipVisionConfig read(ConfigFile config) {
        return new ClipVisionConfig(
                config.positive("image_size", 224),
                config.positive("patch_size", 32),
                new ClipTransformer(
                        config.positive("hidden_size", 768),
                        config.positive("intermediate_size", 3072),
                        config.positive("num_hidden_layers", 12),
                        config.positive("num_attention_heads", 12),
                        config.text("hidden_act", "quick_gelu"),
                        (float) config.number("layer_norm_eps", 1e-5)));
    }

    /** Refuses what {@link ClipVisionGraph} has no graph for. */
    public static void requireSupported(ConfigFile config) {
        config.oneOf("model_type", "clip_vision_model", Set.of("clip_vision_model", "clip"));
        config.mustBeUnset("num_channels", "3");
        ClipVisionConfig vision = read(config);
        ClipTransformer.requireSupported(
                config, vision.transformer().hiddenSize(), vision.transformer().heads());
        if (vision.patchSize() > vision.imageSize()) {
            throw config.wrong("patch_size", "at most image_size, " + vision.imageSize() + ",");
        }
    }

    /** The tokens of a picture: one for the whole, one for each patch. */
    public int tokens() {
        return 1 + patchesPerEdge() * patchesPerEdge();
    }

    /** Patches along one edge; pixels that fill none are left out at the right and at the bottom. */
    public int patchesPerEdge() {
        return imageSize / patchSize;
    }
}
