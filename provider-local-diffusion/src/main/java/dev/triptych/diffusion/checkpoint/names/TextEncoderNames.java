package dev.triptych.diffusion.checkpoint.names;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names of T5's encoder and of language models that serve as text encoders: transformers' own nearly everywhere,
 * beside tensors that no text needs (a copy of the table of tokens, the head, a tower for pictures, the tokenizer).
 */
public final class TextEncoderNames {

    private static final Set<String> UNUSED = Set.of(
            "encoder.embed_tokens.weight",
            "lm_head.weight",
            "spiece_model",
            "tekken_model",
            "scaled_fp8",
            "logit_scale");

    private TextEncoderNames() {}

    /**
     * Where the tensors of a T5 encoder stand in a file.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the encoder's names, or {@code ""}
     */
    public static Pieces t5(Map<String, List<Long>> file, String prefix) {
        return pieces(Prefixes.behind(file, prefix), "").behind(prefix);
    }

    /**
     * Where the tensors of a language model stand in a file; {@code model.} before its names is put in where it lacks.
     *
     * @param file the names in the file and their shapes; those without the prefix are left alone
     * @param prefix what stands before the model's names, or {@code ""}
     */
    public static Pieces languageModel(Map<String, List<Long>> file, String prefix) {
        Map<String, List<Long>> shapes = Prefixes.behind(file, prefix);
        return pieces(shapes, shapes.containsKey("model.embed_tokens.weight") ? "" : "model.")
                .behind(prefix);
    }

    private static Pieces pieces(Map<String, List<Long>> shapes, String before) {
        Map<String, Piece> pieces = new LinkedHashMap<>();
        for (String name : shapes.keySet()) {
            if (!UNUSED.contains(name) && !name.startsWith("model.visual.")) {
                pieces.put(before + name, Piece.whole(name));
            }
        }
        return new Pieces(pieces);
    }
}
