package dev.triptych.diffusion.checkpoint;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What a file of tensors is, told by the names and shapes of its tensors alone: neither its own name nor its container
 * says anything. The tests are those that ComfyUI ({@code comfy/model_detection.py}, {@code comfy/sd.py}), diffusers
 * ({@code loaders/single_file_utils.py}) and stable-diffusion.cpp ({@code src/model.cpp}) agree on.
 *
 * <pre>{@code
 * Weights weights = Weights.open(List.of(file), file.toString());
 * FileKind.of(weights.shapes()).description(); // "a LoRA"
 * }</pre>
 */
public enum FileKind {
    /** Additions to another model's weights: LoRA, LoCon, LoHa, LoKr, DoRA, IA3, GLoRA, full differences. */
    LORA("a LoRA"),
    /** A ControlNet given as a LoRA of its base model. */
    CONTROL_LORA("a Control-LoRA"),
    /** kohya's small ControlNets. */
    CONTROLNET_LLLITE("a ControlNet-LLLite"),
    /** Embeddings of new words. */
    TEXTUAL_INVERSION("a textual inversion"),
    /** A ControlNet beside a U-Net. */
    CONTROLNET("a ControlNet"),
    /** A ControlNet beside a transformer of FLUX or Stable Diffusion 3. */
    CONTROLNET_TRANSFORMER("a ControlNet of a transformer"),
    /** An IP-Adapter. */
    IP_ADAPTER("an IP-Adapter"),
    /** A T2I-Adapter. */
    T2I_ADAPTER("a T2I-Adapter"),
    /** ESRGAN and kin. */
    UPSCALER("an upscaler"),
    /** TAESD and kin. */
    TINY_AUTOENCODER("a tiny autoencoder"),
    /** FLUX.2's transformer. */
    FLUX2("FLUX.2"),
    /** Chroma's transformer: FLUX's blocks, another modulation. */
    CHROMA("Chroma"),
    /** A video model with blocks like FLUX's. */
    HUNYUAN_VIDEO("HunyuanVideo"),
    /** A transformer with blocks like FLUX's. */
    OVIS("Ovis-Image"),
    /** FLUX.1's transformer. */
    FLUX("FLUX.1"),
    /** Stable Diffusion 3's transformer. */
    STABLE_DIFFUSION_3("Stable Diffusion 3"),
    /** Z-Image's transformer. */
    Z_IMAGE("Z-Image"),
    /** Lumina 2's transformer. */
    LUMINA2("Lumina 2"),
    /** A U-Net, alone or with all that belongs to it: Stable Diffusion 1, 2, XL and their kin. */
    UNET("a U-Net"),
    /** CLIP's text tower. */
    CLIP("a CLIP text encoder"),
    /** T5's encoder. */
    T5("a T5 text encoder"),
    /** A language model that serves as a text encoder: Qwen, Llama, Mistral. */
    LANGUAGE_MODEL("a language model"),
    /** An autoencoder alone. */
    AUTOENCODER("an autoencoder"),
    /** None of these. */
    UNKNOWN("a file of an unknown kind");

    /** A denoiser's names stand behind one of these. */
    private static final List<String> DENOISER_PREFIXES =
            List.of("model.diffusion_model.", "", "diffusion_model.", "net.", "model.");

    private static final Pattern ADAPTER = Pattern.compile(
            ".*(\\.lora_(down|up|mid)\\.weight|\\.lora_[AB](\\..*)?"
                    + "|[._]lora\\.(down|up)\\.weight|\\.lora_linear_layer\\.(down|up)\\.weight|\\.hada_w1_a|\\.lokr_w1(_a)?"
                    + "|\\.diff(_b)?|\\.[wb]_norm|\\.on_input|\\.(oft_blocks|oft_diag))|.*\\.qkv_lora[12]?\\.(down|up)\\.weight");

    private static final Pattern TINY_LAYER = Pattern.compile("\\d+\\.(conv\\.\\d+\\.)?(weight|bias)");
    private static final Set<Long> EMBEDDING_WIDTHS = Set.of(768L, 1024L, 1280L);
    private static final int MOST_EMBEDDING_TENSORS = 8;

    private final String description;

    FileKind(String description) {
        this.description = description;
    }

    /** What it is, for a sentence: {@code "a LoRA"}. */
    public String description() {
        return description;
    }

    /** Whether it is the transformer of a family. */
    public boolean isTransformer() {
        return compareTo(FLUX2) >= 0 && compareTo(LUMINA2) <= 0;
    }

    /**
     * What a file with these tensors is.
     *
     * @param shapes names as they stand in the file, and the shapes, row-major
     */
    public static FileKind of(Map<String, List<Long>> shapes) {
        Names names = new Names(shapes);
        FileKind addition = addition(names);
        if (addition != UNKNOWN) {
            return addition;
        }
        FileKind transformer = transformer(names);
        if (transformer != UNKNOWN) {
            return transformer;
        }
        if (names.inDenoiser("input_blocks.0.0.weight")
                || (names.has("conv_in.weight") && names.anyStarts("down_blocks.0."))) {
            return UNET;
        }
        return alone(names);
    }

    /** What goes with another model. Its names contain those of that model's modules, so it is looked for first. */
    private static FileKind addition(Names names) {
        if (names.has("lora_controlnet")) {
            return CONTROL_LORA;
        }
        if (names.anyStarts("lllite_unet_")) {
            return CONTROLNET_LLLITE;
        }
        if (names.any(name -> ADAPTER.matcher(name).matches()) || names.isGlora()) {
            return LORA;
        }
        if (names.isEmbedding()) {
            return TEXTUAL_INVERSION;
        }
        if (names.anyStarts("control_model.")
                || names.has("input_hint_block.0.weight")
                || names.has("controlnet_cond_embedding.conv_in.weight")) {
            return CONTROLNET;
        }
        if (names.has("controlnet_x_embedder.weight")
                || (names.anyStarts("controlnet_blocks.")
                        && (names.anyStarts("double_blocks.") || names.anyStarts("transformer_blocks.")))) {
            return CONTROLNET_TRANSFORMER;
        }
        if (names.anyStarts("image_proj.") && names.anyStarts("ip_adapter.")) {
            return IP_ADAPTER;
        }
        return helper(names);
    }

    private static FileKind helper(Names names) {
        if (names.anyStarts("adapter.body.")
                || names.has("body.0.resnets.0.block1.weight")
                || names.has("body.0.body.0.block1.weight")
                || (names.has("body.0.block1.weight") && names.has("conv_in.weight"))) {
            return T2I_ADAPTER;
        }
        if (names.has("conv_first.weight")
                || names.has("model.1.sub.0.RDB1.conv1.0.weight")
                || names.has("body.0.rdb1.conv1.weight")
                || names.anyStarts("params_ema.")) {
            return UPSCALER;
        }
        boolean layersAlone =
                !names.isEmpty() && !names.any(name -> !TINY_LAYER.matcher(name).matches());
        return layersAlone || (names.has("encoder.layers.0.weight") && names.anyStarts("decoder.layers."))
                ? TINY_AUTOENCODER
                : UNKNOWN;
    }

    private static FileKind transformer(Names names) {
        if (names.inDenoiser("double_stream_modulation_img.lin.weight")
                || names.inDenoiser("single_stream_modulation.lin.weight")
                || names.has("double_stream_modulation_img.linear.weight")) {
            return FLUX2;
        }
        if (names.anyInDenoiser("distilled_guidance_layer.")) {
            return CHROMA;
        }
        if (names.anyInDenoiser("txt_in.individual_token_refiner.")) {
            return HUNYUAN_VIDEO;
        }
        if (names.inDenoiser("double_blocks.0.img_attn.norm.key_norm.scale")) {
            return names.inDenoiser("double_blocks.0.img_mlp.gate_proj.weight") ? OVIS : FLUX;
        }
        if (names.inDenoiser("joint_blocks.0.context_block.adaLN_modulation.1.bias")) {
            return STABLE_DIFFUSION_3;
        }
        if (names.anyInDenoiser("cap_embedder.")) {
            boolean modulated = names.inDenoiser("layers.0.adaLN_modulation.0.weight");
            return modulated && names.inDenoiser("cap_embedder.0.weight") ? Z_IMAGE : LUMINA2;
        }
        if (names.has("transformer_blocks.0.attn.add_q_proj.weight")) {
            return names.has("x_embedder.weight")
                    ? FLUX
                    : names.has("pos_embed.proj.weight") ? STABLE_DIFFUSION_3 : UNKNOWN;
        }
        return UNKNOWN;
    }

    private static FileKind alone(Names names) {
        if (names.anyEnds("encoder.layers.0.mlp.fc1.weight") || names.has("transformer.resblocks.0.ln_1.weight")) {
            return CLIP;
        }
        if (names.has("encoder.block.0.layer.0.SelfAttention.k.weight") || names.has("enc.blk.0.attn_k.weight")) {
            return T5;
        }
        if (names.has("model.layers.0.post_attention_layernorm.weight")
                || names.has("layers.0.post_attention_layernorm.weight")
                || names.has("blk.0.ffn_norm.weight")) {
            return LANGUAGE_MODEL;
        }
        boolean decodes = names.anyEnds("decoder.conv_in.weight");
        return decodes && names.any(name -> name.contains("decoder.up.0.") || name.contains("decoder.up_blocks.0."))
                ? AUTOENCODER
                : UNKNOWN;
    }

    /** Questions about the names. */
    private record Names(Map<String, List<Long>> shapes) {

        boolean isEmpty() {
            return shapes.isEmpty();
        }

        boolean has(String name) {
            return shapes.containsKey(name);
        }

        boolean any(Predicate<String> test) {
            return shapes.keySet().stream().anyMatch(test);
        }

        boolean anyStarts(String start) {
            return any(name -> name.startsWith(start));
        }

        boolean anyEnds(String end) {
            return any(name -> name.equals(end) || name.endsWith("." + end));
        }

        boolean inDenoiser(String name) {
            return DENOISER_PREFIXES.stream().anyMatch(prefix -> has(prefix + name));
        }

        boolean anyInDenoiser(String start) {
            return DENOISER_PREFIXES.stream().anyMatch(prefix -> anyStarts(prefix + start));
        }

        boolean isGlora() {
            return any(name -> name.endsWith(".a1.weight")
                    && has(name.substring(0, name.length() - "a1.weight".length()) + "b1.weight"));
        }

        boolean isEmbedding() {
            if (shapes.size() > MOST_EMBEDDING_TENSORS) {
                return false;
            }
            if (has("emb_params") || has("string_to_param") || anyStarts("string_to_param.")) {
                return true;
            }
            if (isMatrix("clip_l") || isMatrix("clip_g")) {
                return true;
            }
            return shapes.size() == 1
                    && shapes.entrySet().stream().allMatch(only -> isRow(only.getKey(), only.getValue()));
        }

        private boolean isMatrix(String name) {
            List<Long> dims = shapes.get(name);
            return dims != null && dims.size() == 2;
        }

        /** One vector or a few, of a text encoder's width or under a name that is no module's. */
        private static boolean isRow(String name, List<Long> dims) {
            boolean flat = dims.size() == 1 || dims.size() == 2;
            return flat && (EMBEDDING_WIDTHS.contains(dims.get(dims.size() - 1)) || name.startsWith("<"));
        }
    }
}
