package dev.triptych.diffusion.checkpoint;

import dev.triptych.diffusion.checkpoint.names.ClipNames;
import dev.triptych.diffusion.checkpoint.names.UnetNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which networks a file holds, and behind which prefixes. Reference: diffusers 0.42,
 * {@code loaders/single_file_utils.py}; ComfyUI, {@code comfy/supported_models.py}.
 *
 * @param slices the networks by the names that their parts have in model_index.json
 */
record FileLayout(Map<String, Slice> slices) {

    private static final List<String> DENOISER =
            List.of("model.diffusion_model.", "diffusion_model.", "net.", "model.", "");
    private static final List<String> VAE = List.of("first_stage_model.", "vae.", "");
    private static final List<String> CONTROLNET = List.of("control_model.", "");

    /** Where the pooled text joins the time: XL. */
    static final String ADDITION = "add_embedding.linear_1.weight";

    /** Text encoders behind these prefixes, and the part that each is. */
    private static final Map<String, String> TEXT = text();

    /**
     * A network behind a prefix.
     *
     * @param kind what it is
     * @param prefix what stands before its names
     */
    record Slice(NetworkKind kind, String prefix) {}

    private static Map<String, String> text() {
        Map<String, String> text = new LinkedHashMap<>();
        text.put("cond_stage_model.transformer.", "text_encoder");
        text.put("cond_stage_model.model.", "text_encoder");
        text.put("conditioner.embedders.0.transformer.", "text_encoder");
        text.put("conditioner.embedders.0.model.", "text_encoder");
        text.put("conditioner.embedders.1.model.", "text_encoder_2");
        text.put("cond_stage_model.1.transformer.", "text_encoder_2"); // stable-diffusion.cpp's, with --convert-name
        text.put("cond_stage_model.1.", "text_encoder_2");
        text.put("text_encoders.clip_l.transformer.", "text_encoder");
        text.put("text_encoders.clip_g.transformer.", "text_encoder_2");
        text.put("", "text_encoder");
        return text;
    }

    /** Finds the networks of a file by its names. */
    static FileLayout of(Map<String, List<Long>> file) {
        Map<String, Slice> slices = new LinkedHashMap<>();
        FileKind kind = FileKind.of(file);
        if (kind == FileKind.CONTROLNET) {
            prefix(file, CONTROLNET, "conv_in.weight", UnetNames.FIRST)
                    .ifPresent(prefix -> slices.put("controlnet", new Slice(NetworkKind.CONTROLNET, prefix)));
            return new FileLayout(slices);
        }
        if (kind == FileKind.TINY_AUTOENCODER) {
            slices.put("tiny_vae", new Slice(NetworkKind.TINY_VAE, ""));
            return new FileLayout(slices);
        }
        if (kind == FileKind.UNET) {
            prefix(file, DENOISER, UnetNames.FIRST, "conv_in.weight")
                    .ifPresent(prefix -> slices.put("unet", new Slice(NetworkKind.UNET, prefix)));
        }
        addTransformer(file, kind, slices);
        prefix(file, VAE, "decoder.conv_in.weight")
                .ifPresent(prefix -> slices.put("vae", new Slice(NetworkKind.VAE, prefix)));
        TEXT.forEach((prefix, part) -> {
            if (isClip(file, prefix)) {
                slices.putIfAbsent(part, new Slice(NetworkKind.CLIP, prefix));
            }
        });
        addLargeText(file, slices);
        moveRefinersText(file, slices);
        return new FileLayout(slices);
    }

    private static void addTransformer(Map<String, List<Long>> file, FileKind kind, Map<String, Slice> slices) {
        Optional<NetworkKind> network = switch (kind) {
            case FLUX -> Optional.of(NetworkKind.FLUX);
            case FLUX2 -> Optional.of(NetworkKind.FLUX2);
            case STABLE_DIFFUSION_3 -> Optional.of(NetworkKind.STABLE_DIFFUSION_3);
            case Z_IMAGE -> Optional.of(NetworkKind.Z_IMAGE);
            default -> Optional.empty();
        };
        network.ifPresent(found -> prefix(
                        file,
                        DENOISER,
                        "img_in.weight",
                        "x_embedder.proj.weight",
                        "x_embedder.weight",
                        "all_x_embedder.2-1.weight",
                        "pos_embed.proj.weight")
                .ifPresent(prefix -> slices.put("transformer", new Slice(found, prefix))));
    }

    /** T5 and language models: alone, or in the place that ComfyUI gives them. */
    private static void addLargeText(Map<String, List<Long>> file, Map<String, Slice> slices) {
        Pattern last = Pattern.compile("((?:text_encoders\\.[a-z0-9_]+\\.transformer\\.)?)(?:"
                + "(encoder\\.block\\.0\\.layer\\.0\\.SelfAttention\\.k\\.weight)"
                + "|(?:model\\.)?layers\\.0\\.post_attention_layernorm\\.weight)");
        for (String name : file.keySet()) {
            Matcher found = last.matcher(name);
            if (found.matches()) {
                boolean isT5 = found.group(2) != null;
                String part = slices.containsKey("text_encoder_2")
                        ? "text_encoder_3"
                        : slices.containsKey("text_encoder") ? "text_encoder_2" : "text_encoder";
                slices.put(part, new Slice(isT5 ? NetworkKind.T5 : NetworkKind.LANGUAGE_MODEL, found.group(1)));
            }
        }
    }

    /** XL's refiner has but the second of its text encoders, where Stable Diffusion 2 has its only one. */
    private static void moveRefinersText(Map<String, List<Long>> file, Map<String, Slice> slices) {
        Slice unet = slices.get("unet");
        Slice text = slices.get("text_encoder");
        if (unet == null || text == null || slices.containsKey("text_encoder_2")) {
            return;
        }
        boolean isXl = unet.kind().pieces(file, unet.prefix()).names().contains(ADDITION);
        if (isXl && ClipNames.isOpenClip(file, text.prefix())) {
            slices.remove("text_encoder");
            slices.put("text_encoder_2", text);
        }
    }

    private static boolean isClip(Map<String, List<Long>> file, String prefix) {
        return ClipNames.isOpenClip(file, prefix)
                || file.containsKey(prefix + "text_model.encoder.layers.0.mlp.fc1.weight")
                || file.containsKey(prefix + "encoder.layers.0.mlp.fc1.weight");
    }

    private static Optional<String> prefix(Map<String, List<Long>> file, List<String> prefixes, String... names) {
        for (String name : names) {
            for (String prefix : prefixes) {
                if (file.containsKey(prefix + name)) {
                    return Optional.of(prefix);
                }
            }
        }
        return Optional.empty();
    }

    /** The network of the part {@code name}, or the only network of the file where it can be that part. */
    Optional<Slice> sliceFor(String name) {
        Slice own = slices.get(name);
        if (own != null || slices.size() != 1) {
            return Optional.ofNullable(own);
        }
        Slice only = slices.values().iterator().next();
        boolean isText = name.startsWith("text_encoder") && only.kind().isText();
        return isText || (name.startsWith("vae") && only.kind() == NetworkKind.VAE)
                ? Optional.of(only)
                : Optional.empty();
    }
}
