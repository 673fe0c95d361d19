package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.checkpoint.names.Piece.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of the tensors of CLIP's text tower: transformers' own, older ones of them without {@code text_model.}, and
 * OpenCLIP's, where query, key and value are one tensor. Reference: diffusers 0.42,
 * {@code loaders/single_file_utils.py}, {@code convert_open_clip_checkpoint}.
 */
public final class ClipNames {

    private static final Map<String, String> LAYER = Map.of(
            "ln_1", "layer_norm1",
            "ln_2", "layer_norm2",
            "mlp.c_fc", "mlp.fc1",
            "mlp.c_proj", "mlp.fc2",
            "attn.out_proj", "self_attn.out_proj");

    private static final Map<String, String> SINGLE = Map.of(
            "positional_embedding", "text_model.embeddings.position_embedding.weight",
            "token_embedding.weight", "text_model.embeddings.token_embedding.weight",
            "ln_final.weight", "text_model.final_layer_norm.weight",
            "ln_final.bias", "text_model.final_layer_norm.bias");

    private static final Pattern FUSED =
            Pattern.compile("(text_model\\.encoder\\.layers\\.\\d+\\.self_attn\\.)in_proj(\\.weight|\\.bias)");

    private static final String BLOCKS = "transformer.resblocks.";
    private static final List<String> TOWER = List.of("embeddings.", "encoder.", "final_layer_norm.");
    private static final Set<String> UNUSED = Set.of("position_ids", "logit_scale");

    private ClipNames() {}

    /** Whether the names behind {@code prefix} are OpenCLIP's. */
    public static boolean isOpenClip(Map<String, List<Long>> file, String prefix) {
        return file.containsKey(prefix + BLOCKS + "0.attn.in_proj_weight");
    }

    /**
     * Where the tensors of a text tower stand in a file.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the tower's names, such as {@code "cond_stage_model.transformer."}, or
     *     {@code ""}
     */
    public static Pieces pieces(Map<String, List<Long>> file, String prefix) {
        Map<String, List<Long>> shapes = Prefixes.behind(file, prefix);
        Map<String, Piece> pieces = new LinkedHashMap<>();
        boolean openClip = isOpenClip(file, prefix);
        shapes.forEach((name, dims) -> {
            if (UNUSED.contains(name.substring(name.lastIndexOf('.') + 1))) {
                return;
            }
            if (openClip) {
                addOpenClip(pieces, name, dims);
            } else {
                addTransformers(pieces, name, dims);
            }
        });
        return new Pieces(pieces).behind(prefix);
    }

    /** transformers' names, older ones, and stable-diffusion.cpp's, which leave fused what OpenCLIP had fused. */
    private static void addTransformers(Map<String, Piece> pieces, String name, List<Long> dims) {
        String full = TOWER.stream().anyMatch(name::startsWith) ? "text_model." + name : name;
        Matcher fused = FUSED.matcher(full);
        if (fused.matches()) {
            List<String> parts = List.of("q_proj", "k_proj", "v_proj");
            Fused.thirds(pieces, name, dims, fused.group(1), fused.group(2), parts);
        } else if (full.equals("text_model.text_projection")) { // OpenCLIP's own, which multiplies from the right
            pieces.put("text_projection.weight", Piece.turned(name, Turn.TRANSPOSED));
        } else {
            pieces.put(full, Piece.whole(name));
        }
    }

    private static void addOpenClip(Map<String, Piece> pieces, String name, List<Long> dims) {
        String single = SINGLE.get(name);
        if (single != null) {
            pieces.put(single, Piece.whole(name));
        } else if (name.equals("text_projection")) { // OpenCLIP multiplies from the right
            pieces.put("text_projection.weight", Piece.turned(name, Turn.TRANSPOSED));
        } else if (name.equals("text_projection.weight")) {
            pieces.put(name, Piece.whole(name));
        } else if (name.startsWith(BLOCKS)) {
            addLayer(pieces, name, dims);
        }
    }

    private static void addLayer(Map<String, Piece> pieces, String name, List<Long> dims) {
        String[] path = name.substring(BLOCKS.length()).split("\\.", 2);
        if (path.length < 2 || !UnetNames.isNumber(path[0])) {
            return;
        }
        String at = "text_model.encoder.layers." + path[0] + ".";
        if (path[1].equals("attn.in_proj_weight") || path[1].equals("attn.in_proj_bias")) {
            Fused.thirds(
                    pieces,
                    name,
                    dims,
                    at + "self_attn.",
                    path[1].endsWith("weight") ? ".weight" : ".bias",
                    List.of("q_proj", "k_proj", "v_proj"));
            return;
        }
        int dot = path[1].lastIndexOf('.');
        String to = dot < 0 ? null : LAYER.get(path[1].substring(0, dot));
        if (to != null) {
            pieces.put(at + to + path[1].substring(dot), Piece.whole(name));
        }
    }
}
