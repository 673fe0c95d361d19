package dev.triptych.diffusion.checkpoint.names;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tiny autoencoders: diffusers' names, or those of madebyollin/taesd, whose encoder and decoder are a file each, with
 * layers that are numbered alone. There the decoder begins with a clamp, so that each number is one higher.
 */
public final class TinyVaeNames {

    private static final Pattern LAYER = Pattern.compile("(\\d{1,4})\\.(.+)");

    private TinyVaeNames() {}

    /** Where the tensors stand behind {@code prefix} in a file of these names and shapes. */
    public static Pieces pieces(Map<String, List<Long>> file, String prefix) {
        boolean decodes = file.containsKey(prefix + "1.weight") && !file.containsKey(prefix + "0.weight");
        Map<String, Piece> pieces = new LinkedHashMap<>();
        for (String name : file.keySet()) {
            if (!name.startsWith(prefix)) {
                continue;
            }
            String plain = name.substring(prefix.length());
            Matcher layer = LAYER.matcher(plain);
            String ours = !layer.matches()
                    ? plain
                    : decodes
                            ? "decoder.layers." + (Integer.parseInt(layer.group(1)) - 1) + "." + layer.group(2)
                            : "encoder.layers." + plain;
            pieces.put(ours, Piece.whole(name));
        }
        return new Pieces(pieces);
    }
}
