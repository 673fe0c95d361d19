package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What no tensor tells of Stable Diffusion 3 and FLUX.1: classes, scales of latents, schedulers, as the repositories of
 * the released models have them. Reference: diffusers 0.42, {@code loaders/single_file_utils.py}; ComfyUI,
 * {@code comfy/latent_formats.py}. Immutable.
 *
 * @param pipeline the class of the pipeline
 * @param transformerClass the class of the transformer
 * @param clips the CLIP text encoders, which must be there
 * @param clipClass the class of each
 * @param t5 the name of the T5 encoder
 * @param requiresT5 whether nothing can be painted without it
 * @param scalingFactor what latents are multiplied by, of the autoencoder
 * @param shiftFactor what is taken from them before
 * @param scheduler the scheduler's config
 */
record StandardTransformer(
        String pipeline,
        String transformerClass,
        List<String> clips,
        String clipClass,
        String t5,
        boolean requiresT5,
        double scalingFactor,
        double shiftFactor,
        ObjectNode scheduler) {

    /** Copies the list. */
    StandardTransformer {
        clips = List.copyOf(clips);
    }

    /** The usual parts of a model with a transformer of such a kind; empty where none is published as one file. */
    static Optional<StandardTransformer> of(NetworkKind kind, ConfigFile transformer) {
        return switch (kind) {
            case STABLE_DIFFUSION_3 -> Optional.of(stableDiffusion3());
            case FLUX -> Optional.of(flux(transformer.flag("guidance_embeds", false)));
            default -> Optional.empty();
        };
    }

    private static StandardTransformer stableDiffusion3() {
        return new StandardTransformer(
                "StableDiffusion3Pipeline",
                "SD3Transformer2DModel",
                List.of("text_encoder", "text_encoder_2"),
                "CLIPTextModelWithProjection",
                "text_encoder_3",
                false,
                1.5305,
                0.0609,
                flow().put("shift", 3.0));
    }

    /** Schnell was trained for the plain steps, dev for steps that bend with the picture's size. */
    private static StandardTransformer flux(boolean guided) {
        ObjectNode scheduler = flow();
        if (guided) {
            scheduler.put("shift", 3.0).put("use_dynamic_shifting", true);
            scheduler.put("base_shift", 0.5).put("max_shift", 1.15);
            scheduler.put("base_image_seq_len", 256).put("max_image_seq_len", 4096);
        } else {
            scheduler.put("shift", 1.0);
        }
        return new StandardTransformer(
                "FluxPipeline",
                "FluxTransformer2DModel",
                List.of("text_encoder"),
                "CLIPTextModel",
                "text_encoder_2",
                true,
                0.3611,
                0.1159,
                scheduler);
    }

    private static ObjectNode flow() {
        return ConfigFile.object()
                .put("_class_name", "FlowMatchEulerDiscreteScheduler")
                .put("num_train_timesteps", 1000);
    }

    /** What {@code model_index.json} would say of the whole. */
    ObjectNode index() {
        ObjectNode index = ConfigFile.object().put("_class_name", pipeline);
        put(index, "transformer", "diffusers", transformerClass);
        put(index, "vae", "diffusers", "AutoencoderKL");
        clips.forEach(clip -> put(index, clip, "transformers", clipClass));
        put(index, t5, "transformers", "T5EncoderModel");
        return index;
    }

    private static void put(ObjectNode index, String part, String library, String className) {
        index.putArray(part).add(library).add(className);
    }

    /** How latents are scaled. */
    ObjectNode latents() {
        return ConfigFile.object().put("scaling_factor", scalingFactor).put("shift_factor", shiftFactor);
    }

    /**
     * Whether CLIP's projection is left out: Stable Diffusion 3 takes the first encoder's pooled text as it is,
     * whatever the file holds ({@code create_diffusers_clip_model_from_ldm}).
     */
    boolean projectsByIdentity(String text) {
        return text.equals("text_encoder") && clipClass.endsWith("WithProjection");
    }
}
