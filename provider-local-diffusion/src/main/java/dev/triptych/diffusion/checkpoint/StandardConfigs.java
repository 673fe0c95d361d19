package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.diffusion.weights.Weights;
import java.util.Optional;

/**
 * What no tensor tells of Stable Diffusion and its kin: schedulers, scales of latents, sizes, paddings, as the
 * repositories of the released models have them. Reference: diffusers 0.42, {@code loaders/single_file_utils.py},
 * {@code SCHEDULER_DEFAULT_CONFIG} and {@code _legacy_load_scheduler}.
 */
final class StandardConfigs {

    private static final double SD_SCALE = 0.18215;
    private static final double XL_SCALE = 0.13025;
    private static final double PLAYGROUND_SCALE = 0.5;

    private StandardConfigs() {}

    /** Padding is the end of text for OpenAI's CLIP; OpenCLIP pads with token 0, which is written {@code "!"}. */
    static ObjectNode tokenizer(boolean openClip) {
        return ConfigFile.object().put("pad_token", openClip ? "!" : "<|endoftext|>");
    }

    /**
     * The scheduler of a model.
     *
     * @param prediction what its U-Net predicts
     * @param unet the U-Net's config
     */
    static ObjectNode scheduler(Prediction prediction, ConfigFile unet) {
        return switch (prediction.kind()) {
            case EDM ->
                ConfigFile.object()
                        .put("_class_name", "EDMDPMSolverMultistepScheduler")
                        .put("algorithm_type", "dpmsolver++")
                        .put("num_train_timesteps", 1000)
                        .put("prediction_type", "epsilon")
                        .put("rho", 7.0)
                        .put("sigma_data", 0.5)
                        .put("sigma_max", prediction.sigmaMax())
                        .put("sigma_min", prediction.sigmaMin())
                        .put("sigma_schedule", "karras")
                        .put("solver_order", 2);
            case EDM_V ->
                ConfigFile.object()
                        .put("_class_name", "EDMEulerScheduler")
                        .put("prediction_type", "v_prediction")
                        .put("sigma_data", 1.0)
                        .put("sigma_max", prediction.sigmaMax())
                        .put("sigma_min", prediction.sigmaMin())
                        .put("sigma_schedule", "exponential");
            default -> table(prediction, unet);
        };
    }

    private static ObjectNode table(Prediction prediction, ConfigFile unet) {
        boolean xl = isXl(unet);
        boolean isV = prediction.kind() == Prediction.Kind.V_PREDICTION;
        boolean second = !xl && unet.integer("cross_attention_dim", 0) != 768;
        ObjectNode config = ConfigFile.object()
                .put("beta_start", 0.00085)
                .put("beta_end", 0.012)
                .put("beta_schedule", "scaled_linear")
                .put("num_train_timesteps", 1000)
                .put("prediction_type", isV ? "v_prediction" : "epsilon")
                .put("set_alpha_to_one", false)
                .put("skip_prk_steps", true)
                .put("steps_offset", 1)
                .put("timestep_spacing", "leading")
                .put("clip_sample", false);
        if (prediction.zeroSnr()) {
            config.put("rescale_betas_zero_snr", true).put("timestep_spacing", "trailing");
        }
        if (unet.has("time_cond_proj_dim")) {
            return config.put("_class_name", "LCMScheduler").put("original_inference_steps", 50);
        }
        String usual = second || prediction.zeroSnr() ? "DDIMScheduler" : "PNDMScheduler";
        return config.put("_class_name", xl ? "EulerDiscreteScheduler" : usual);
    }

    /** Stable Diffusion 2 leaves out the last of OpenCLIP's 24 layers; empty for all others, which leave out none. */
    static Optional<ObjectNode> text(ConfigFile unet) {
        boolean second = !isXl(unet) && unet.integer("cross_attention_dim", 0) == 1024;
        return second
                ? Optional.of(ConfigFile.object().put("num_hidden_layers", 23).put("hidden_act", "gelu"))
                : Optional.empty();
    }

    /** Whether the pooled text joins the time. */
    static boolean isXl(ConfigFile unet) {
        return unet.has("addition_embed_type");
    }

    /** XL's refiner sees the second text encoder alone. */
    static boolean isRefiner(ConfigFile unet) {
        return isXl(unet) && unet.integer("cross_attention_dim", 0) == 1280;
    }

    /** Latent pixels of the pictures that a U-Net was trained on. */
    static int sampleSize(ConfigFile unet, Prediction prediction) {
        if (isXl(unet)) {
            return 128;
        }
        boolean second = unet.integer("cross_attention_dim", 0) == 1024;
        return second && prediction.kind() == Prediction.Kind.V_PREDICTION ? 96 : 64;
    }

    /** How latents are scaled for a U-Net. */
    static ObjectNode latents(ConfigFile unet, Weights file) {
        ObjectNode config = ConfigFile.object();
        if (file.has("edm_mean") && file.has("edm_std")) {
            config.put("scaling_factor", PLAYGROUND_SCALE);
            putNumbers(config, "latents_mean", file, "edm_mean");
            putNumbers(config, "latents_std", file, "edm_std");
            return config;
        }
        return config.put("scaling_factor", isXl(unet) ? XL_SCALE : SD_SCALE);
    }

    private static void putNumbers(ObjectNode config, String key, Weights file, String tensor) {
        for (float value : file.require(tensor, shape(file, tensor)).values()) {
            config.withArray(key).add(value);
        }
    }

    private static long[] shape(Weights file, String tensor) {
        return file.tensor(tensor).orElseThrow().dims().stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    /** What {@code model_index.json} would say of the whole. */
    static ObjectNode index(ConfigFile unet) {
        ObjectNode index = ConfigFile.object();
        boolean inpaints = unet.integer("in_channels", 4) == 9;
        if (unet.has("time_cond_proj_dim") && !isXl(unet)) {
            return index.put("_class_name", "LatentConsistencyModelPipeline");
        }
        if (isRefiner(unet)) {
            return index.put("_class_name", "StableDiffusionXLImg2ImgPipeline")
                    .put("force_zeros_for_empty_prompt", false)
                    .put("requires_aesthetics_score", true);
        }
        String xl = isXl(unet) ? "XL" : "";
        return index.put("_class_name", "StableDiffusion" + xl + (inpaints ? "InpaintPipeline" : "Pipeline"));
    }
}
