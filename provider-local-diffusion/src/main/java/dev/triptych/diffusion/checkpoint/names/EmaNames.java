package dev.triptych.diffusion.checkpoint.names;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of averaged weights (EMA) beside the plain ones: {@code model_ema.} and the plain name without its first
 * element and without dots. They lead from a plain name to the averaged one, never back. Reference: diffusers 0.42,
 * {@code loaders/single_file_utils.py}, {@code convert_ldm_unet_checkpoint}.
 */
public final class EmaNames {

    private static final String PREFIX = "model_ema.";

    /** A file with fewer has some other tensors of that name. */
    private static final int FEWEST = 100;

    private EmaNames() {}

    /** Whether a file has averaged weights beside the plain ones. */
    public static boolean areIn(Map<String, List<Long>> file) {
        return file.keySet().stream().filter(name -> name.startsWith(PREFIX)).count() > FEWEST;
    }

    /** The averaged counterparts of {@code plain}, where the file has them. */
    public static Pieces of(Pieces plain, Map<String, List<Long>> file) {
        Map<String, Piece> pieces = new LinkedHashMap<>();
        plain.byName().forEach((name, piece) -> {
            String ema = of(piece.name());
            pieces.put(
                    name, file.containsKey(ema) ? new Piece(ema, piece.first(), piece.count(), piece.turn()) : piece);
        });
        return new Pieces(pieces);
    }

    private static String of(String plain) {
        return PREFIX + plain.substring(plain.indexOf('.') + 1).replace(".", "");
    }
}
