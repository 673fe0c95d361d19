package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The family that an adapter was trained on: by its metadata, by the width of the text that its cross attention reads,
 * or by the names of its blocks.
 */
final class Origin {

    static final String SD1 = "Stable Diffusion 1";
    static final String SD2 = "Stable Diffusion 2";
    static final String SDXL = "Stable Diffusion XL";
    static final String REFINER = "Stable Diffusion XL's refiner";

    /** Beginnings of kohya's {@code ss_base_model_version} and of {@code modelspec.architecture}. */
    private static final Map<String, String> STATED = stated();

    private static final Map<Long, String> BY_TEXT_WIDTH = Map.of(768L, SD1, 1024L, SD2, 2048L, SDXL, 1280L, REFINER);

    /** Parts of names that only one family has. */
    private static final Map<String, String> BLOCKS = blocks();

    private Origin() {}

    private static Map<String, String> stated() {
        Map<String, String> stated = new LinkedHashMap<>();
        stated.put("sd_v1", SD1);
        stated.put("stable-diffusion-v1", SD1);
        stated.put("sd_v2", SD2);
        stated.put("stable-diffusion-v2", SD2);
        stated.put("sdxl", SDXL);
        stated.put("stable-diffusion-xl", SDXL);
        stated.put("flux.2", "FLUX.2");
        stated.put("flux2", "FLUX.2");
        stated.put("flux-2", "FLUX.2");
        stated.put("flux", "FLUX.1");
        stated.put("sd3", "Stable Diffusion 3");
        stated.put("stable-diffusion-3", "Stable Diffusion 3");
        stated.put("lumina", "Lumina");
        stated.put("z-image", "Z-Image");
        stated.put("zimage", "Z-Image");
        return stated;
    }

    private static Map<String, String> blocks() {
        Map<String, String> blocks = new LinkedHashMap<>();
        blocks.put("joint_blocks", "Stable Diffusion 3");
        blocks.put("single_blocks", "FLUX");
        blocks.put("double_blocks", "FLUX");
        blocks.put("single_transformer_blocks", "FLUX");
        blocks.put("attn_add_k_proj", "a diffusion transformer");
        blocks.put("attn.add_k_proj", "a diffusion transformer");
        blocks.put("context_refiner", "Z-Image");
        blocks.put("noise_refiner", "Z-Image");
        blocks.put("lora_te2_", SDXL);
        blocks.put("text_encoder_2.", SDXL);
        blocks.put("add_embedding", SDXL);
        blocks.put("label_emb", SDXL);
        blocks.put("attentions_0_transformer_blocks_1_", SDXL);
        blocks.put("attentions.0.transformer_blocks.1.", SDXL);
        return blocks;
    }

    /** The family of an adapter's file; empty where nothing tells. */
    static Optional<String> of(Weights file) {
        return byMetadata(file.metadata()).or(() -> byTextWidth(file)).or(() -> byBlocks(file));
    }

    private static Optional<String> byMetadata(Map<String, String> metadata) {
        String base = metadata.getOrDefault(
                        "ss_base_model_version", metadata.getOrDefault("modelspec.architecture", ""))
                .toLowerCase(Locale.ROOT);
        return STATED.entrySet().stream()
                .filter(entry -> base.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static Optional<String> byTextWidth(Weights file) {
        for (String name : file.names()) {
            boolean reads =
                    name.contains("attn2_to_k") || name.contains("attn2.to_k") || name.contains("attn2.processor.to_k");
            boolean down =
                    AdapterKey.of(name).filter(key -> key.role() == Role.DOWN).isPresent();
            Optional<Weight> tensor = reads && down ? file.tensor(name) : Optional.empty();
            Optional<String> family = tensor.filter(weight -> weight.dims().size() > 1)
                    .map(weight -> BY_TEXT_WIDTH.get(weight.dims().get(1)));
            if (family.isPresent()) {
                return family;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> byBlocks(Weights file) {
        return BLOCKS.entrySet().stream()
                .filter(entry -> file.names().stream().anyMatch(name -> name.contains(entry.getKey())))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
