package dev.triptych.diffusion.checkpoint.names;

import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network in a file that names its tensors otherwise: for each name of diffusers or transformers, the piece of the
 * file that stands for it. Made of names and shapes, without the contents. Immutable.
 *
 * <pre>{@code
 * Pieces unet = UnetNames.pieces(file.shapes(), "model.diffusion_model.");
 * Weights weights = unet.of(file);
 * }</pre>
 */
public final class Pieces {

    private final Map<String, Piece> pieces;

    Pieces(Map<String, Piece> pieces) {
        this.pieces = Collections.unmodifiableMap(new LinkedHashMap<>(pieces));
    }

    /** Each name of diffusers or transformers, and where it stands in the file. */
    public Map<String, Piece> byName() {
        return pieces;
    }

    /** The names of diffusers or transformers. */
    public Set<String> names() {
        return pieces.keySet();
    }

    /** The same for a file in which {@code prefix} stands before each name. */
    Pieces behind(String prefix) {
        Map<String, Piece> behind = new LinkedHashMap<>();
        pieces.forEach((name, piece) -> behind.put(name, piece.behind(prefix)));
        return new Pieces(behind);
    }

    /** The shapes under the names of diffusers or transformers. */
    public Map<String, List<Long>> shapes(Map<String, List<Long>> file) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        pieces.forEach((name, piece) -> {
            List<Long> dims = file.get(piece.name());
            if (dims != null) {
                shapes.put(name, piece.shapeOf(dims));
            }
        });
        return shapes;
    }

    /**
     * The network's weights under the names of diffusers or transformers: views of those of {@code file}.
     *
     * @throws dev.triptych.ModelLoadException if a tensor has fewer rows than its pieces
     */
    public Weights of(Weights file) {
        Map<String, Weight> weights = new LinkedHashMap<>();
        pieces.forEach(
                (name, piece) -> file.tensor(piece.name()).ifPresent(tensor -> weights.put(name, piece.of(tensor))));
        return Weights.of(weights, file.source(), file.identity());
    }
}
