package dev.triptych.diffusion.checkpoint.names;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Takes away what stands before all names of a network. */
final class Prefixes {

    private Prefixes() {}

    /** The names behind {@code prefix}, and their shapes. */
    static Map<String, List<Long>> behind(Map<String, List<Long>> file, String prefix) {
        Map<String, List<Long>> behind = new LinkedHashMap<>();
        file.forEach((name, dims) -> {
            if (name.startsWith(prefix)) {
                behind.put(name.substring(prefix.length()), dims);
            }
        });
        return behind;
    }

    /** The names as they are. */
    static Pieces unchanged(Map<String, List<Long>> shapes) {
        Map<String, Piece> pieces = new LinkedHashMap<>();
        shapes.keySet().forEach(name -> pieces.put(name, Piece.whole(name)));
        return new Pieces(pieces);
    }
}
