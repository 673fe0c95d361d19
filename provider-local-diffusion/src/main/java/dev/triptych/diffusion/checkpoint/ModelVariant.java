package dev.triptych.diffusion.checkpoint;

import java.util.List;
import java.util.Map;

/**
 * Which released model a network is, by its config and its shapes. Only for people: nothing is decided by it.
 * Reference: ComfyUI, {@code comfy/supported_models.py}; diffusers 0.42, {@code loaders/single_file_utils.py}.
 */
final class ModelVariant {

    private ModelVariant() {}

    /** A U-Net, by its config. */
    static String ofUnet(ConfigFile unet) {
        String use = switch (unet.integer("in_channels", 4)) {
            case 9 -> " inpainting";
            case 8 -> " for editing (pix2pix)";
            case 5 -> " with depth";
            default -> "";
        };
        int text = unet.integer("cross_attention_dim", 0);
        if (StandardConfigs.isRefiner(unet)) {
            return "Stable Diffusion XL refiner";
        }
        if (StandardConfigs.isXl(unet)) {
            return (text == 2048 ? xl(unet) : "a U-Net of Stable Diffusion XL's kind, text width " + text) + use;
        }
        if (unet.has("num_class_embeds")) {
            return "Stable Diffusion upscaler";
        }
        if (unet.has("class_embed_type")) {
            return "Stable Diffusion 2.1 unCLIP";
        }
        return switch (text) {
            case 768 -> "Stable Diffusion 1" + use;
            case 1024 -> "Stable Diffusion 2" + use;
            default -> "a U-Net of Stable Diffusion's kind, text width " + text + use;
        };
    }

    /** XL and what was pruned from it, by the depths of its transformers. */
    private static String xl(ConfigFile unet) {
        String depths = unet.node("transformer_layers_per_block").toString();
        return switch (depths) {
            case "[1,2,4]" -> "SSD-1B (Stable Diffusion XL)";
            case "[1,1,2]" -> "Segmind Vega (Stable Diffusion XL)";
            case "[1,2,5]" -> "KOALA 700M (Stable Diffusion XL)";
            case "[1,2,6]" -> "KOALA 1B (Stable Diffusion XL)";
            default -> "Stable Diffusion XL";
        };
    }

    /** A transformer, by the names of diffusers and its config. */
    static String ofTransformer(FileKind kind, ConfigFile config) {
        return switch (kind) {
            case FLUX -> flux(config);
            case FLUX2 -> "FLUX.2 " + (config.integer("num_single_layers", 0) >= 48 ? "dev" : "klein");
            case STABLE_DIFFUSION_3 -> stableDiffusion3(config);
            default -> kind.description();
        };
    }

    private static String flux(ConfigFile config) {
        String use = switch (config.integer("in_channels", 64)) {
            case 384 -> " Fill";
            case 128 -> " Depth or Canny";
            case 196 -> " (Flex.2)";
            default -> "";
        };
        return "FLUX.1" + (config.flag("guidance_embeds", false) ? " dev" : " schnell") + use;
    }

    private static String stableDiffusion3(ConfigFile config) {
        if (!config.node("dual_attention_layers").isEmpty()) {
            return "Stable Diffusion 3.5 medium";
        }
        return config.integer("num_layers", 0) == 38 ? "Stable Diffusion 3.5 large" : "Stable Diffusion 3 medium";
    }

    /** A text encoder, by its shapes under the names of transformers. */
    static String ofText(NetworkKind kind, ConfigFile config) {
        return switch (kind) {
            case CLIP ->
                switch (config.integer("hidden_size", 0)) {
                    case 768 -> "CLIP-L";
                    case 1024 -> "CLIP-H";
                    case 1280 -> "CLIP-G";
                    default -> "CLIP, width " + config.integer("hidden_size", 0);
                };
            case T5 ->
                "T5" + (config.flag("is_gated_act", false) ? " v1.1" : "")
                        + (config.integer("d_model", 0) == 4096 ? " XXL" : ", width " + config.integer("d_model", 0));
            default -> config.text("model_type", "") + ", width " + config.integer("hidden_size", 0);
        };
    }

    /** A ControlNet, by its names in the file. */
    static String ofControlnet(Map<String, List<Long>> file, ConfigFile config) {
        boolean union = file.keySet().stream()
                .anyMatch(name -> name.startsWith("task_embedding") || name.startsWith("control_add_embedding."));
        return "for " + ofUnet(config) + (union ? ", of several kinds of pictures (union)" : "");
    }
}
