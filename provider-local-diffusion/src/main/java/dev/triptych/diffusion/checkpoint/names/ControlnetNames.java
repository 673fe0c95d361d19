package dev.triptych.diffusion.checkpoint.names;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of a ControlNet's tensors: half a U-Net, and the convolutions that begin and end it. Reference: diffusers
 * 0.42, {@code loaders/single_file_utils.py}, {@code convert_controlnet_checkpoint}.
 */
public final class ControlnetNames {

    private static final String HINT = "input_hint_block.";
    private static final String ZERO = "zero_convs.";
    private static final int LAST_HINT = 14;

    private ControlnetNames() {}

    /**
     * Where the tensors of a ControlNet stand in a file.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the ControlNet's names, {@code "control_model."} or {@code ""}
     */
    public static Pieces pieces(Map<String, List<Long>> file, String prefix) {
        Map<String, List<Long>> shapes = Prefixes.behind(file, prefix);
        if (!shapes.containsKey(HINT + "0.weight")) {
            return Prefixes.unchanged(shapes).behind(prefix);
        }
        Map<String, Piece> pieces =
                new LinkedHashMap<>(UnetNames.pieces(shapes, "").byName());
        for (String name : shapes.keySet()) {
            String to = own(name);
            if (!to.isEmpty()) {
                pieces.put(to, Piece.whole(name));
            }
        }
        return new Pieces(pieces).behind(prefix);
    }

    private static String own(String name) {
        String leaf = name.substring(name.lastIndexOf('.') + 1);
        if (name.startsWith("middle_block_out.0.")) {
            return "controlnet_mid_block." + leaf;
        }
        String[] path = name.split("\\.", -1);
        if (path.length < 3 || !UnetNames.isNumber(path[1])) {
            return "";
        }
        int index = Integer.parseInt(path[1]);
        if (name.startsWith(ZERO)) {
            return "controlnet_down_blocks." + index + "." + leaf;
        }
        boolean hint = path[0].equals("input_hint_block") && path.length == 3;
        return hint ? "controlnet_cond_embedding." + hint(index) + "." + leaf : "";
    }

    /** Activations have numbers too, so that each second one is a convolution. */
    private static String hint(int index) {
        return index == 0 ? "conv_in" : index == LAST_HINT ? "conv_out" : "blocks." + (index / 2 - 1);
    }
}
