package dev.triptych.diffusion.checkpoint.names;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names of an autoencoder's tensors, in CompVis' spelling and in diffusers'. The decoder's levels are numbered from
 * the pixels by one and from the latents by the other. Reference: diffusers 0.42, {@code loaders/single_file_utils.py},
 * {@code convert_ldm_vae_checkpoint}; FLUX.2: stable-diffusion.cpp, {@code src/name_conversion.cpp}.
 */
public final class VaeNames {

    private static final Map<String, String> ATTENTION = Map.of(
            "norm", "group_norm",
            "q", "to_q",
            "k", "to_k",
            "v", "to_v",
            "proj_out", "to_out.0");

    private static final Set<String> ALIKE = Set.of(
            "quant_conv",
            "post_quant_conv",
            "encoder.conv_in",
            "encoder.conv_out",
            "decoder.conv_in",
            "decoder.conv_out");

    private final int levels;

    private VaeNames(int levels) {
        this.levels = levels;
    }

    /**
     * Where the tensors of an autoencoder stand in a file.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the autoencoder's names, such as {@code "first_stage_model."}, or {@code ""}
     */
    public static Pieces pieces(Map<String, List<Long>> file, String prefix) {
        Map<String, List<Long>> shapes = Prefixes.behind(file, prefix);
        int levels = Math.max(levels(shapes.keySet(), "encoder.down."), levels(shapes.keySet(), "decoder.up."));
        if (levels == 0) {
            return Prefixes.unchanged(shapes).behind(prefix);
        }
        VaeNames names = new VaeNames(levels);
        Map<String, Piece> pieces = new LinkedHashMap<>();
        for (String name : shapes.keySet()) {
            String to = names.of(name);
            if (!to.isEmpty()) {
                pieces.put(to, Piece.whole(name));
            }
        }
        return new Pieces(pieces).behind(prefix);
    }

    private static int levels(Set<String> names, String start) {
        int levels = 0;
        for (String name : names) {
            String[] path =
                    name.startsWith(start) ? name.substring(start.length()).split("\\.", 2) : new String[] {""};
            if (UnetNames.isNumber(path[0])) {
                levels = Math.max(levels, Integer.parseInt(path[0]) + 1);
            }
        }
        return levels;
    }

    /** diffusers' name; {@code ""} for what belongs to no autoencoder. */
    private String of(String name) {
        String plain = name.replace("encoder.quant_conv.", "quant_conv.")
                .replace("decoder.post_quant_conv.", "post_quant_conv.");
        int dot = plain.lastIndexOf('.');
        String module = dot < 0 ? "" : plain.substring(0, dot);
        if (ALIKE.contains(module) || plain.startsWith("bn.")) {
            return plain;
        }
        String leaf = plain.substring(Math.max(0, dot));
        String[] path = module.split("\\.", -1);
        if (path.length < 2 || !(path[0].equals("encoder") || path[0].equals("decoder"))) {
            return "";
        }
        String inside = inside(path);
        return inside.isEmpty() ? "" : path[0] + "." + inside + leaf;
    }

    private String inside(String[] path) {
        if (path.length == 2) {
            return path[1].equals("norm_out") ? "conv_norm_out" : "";
        }
        if (path[1].equals("mid") && path.length == 4) {
            return switch (path[2]) {
                case "block_1" -> "mid_block.resnets.0." + resnet(path[3]);
                case "block_2" -> "mid_block.resnets.1." + resnet(path[3]);
                case "attn_1" ->
                    ATTENTION.containsKey(path[3]) ? "mid_block.attentions.0." + ATTENTION.get(path[3]) : "";
                default -> "";
            };
        }
        boolean up = path[1].equals("up");
        if (!(up || path[1].equals("down")) || path.length < 5 || !UnetNames.isNumber(path[2])) {
            return "";
        }
        int level = Integer.parseInt(path[2]);
        String block = up ? "up_blocks." + (levels - 1 - level) : "down_blocks." + level;
        if (path[3].equals("upsample") || path[3].equals("downsample")) {
            return block + "." + path[3] + "rs.0." + path[4];
        }
        return path.length == 6 && path[3].equals("block") ? block + ".resnets." + path[4] + "." + resnet(path[5]) : "";
    }

    private static String resnet(String module) {
        return module.equals("nin_shortcut") ? "conv_shortcut" : module;
    }
}
