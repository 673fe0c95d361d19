package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.FileLayout.Slice;
import dev.triptych.diffusion.checkpoint.names.ClipNames;
import dev.triptych.diffusion.checkpoint.names.Pieces;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file that stands for one part of a checkpoint: an autoencoder, a U-Net, a text encoder alone, or that part of a
 * whole model. What its tensors' shapes do not tell, the part says in whose place it comes.
 */
final class ComponentFile {

    private static final String LAYERS = "num_hidden_layers";

    private final Path file;
    private final Weights weights;
    private final Slice slice;

    private ComponentFile(Path file, Weights weights, Slice slice) {
        this.file = file;
        this.weights = weights;
        this.slice = slice;
    }

    /**
     * Finds the part {@code name} in {@code file}.
     *
     * @throws ModelLoadException if the file is damaged, or holds nothing that can be that part
     */
    static ComponentFile open(String name, Path file) {
        Weights weights = SingleFile.open(file);
        Optional<Slice> slice = FileLayout.of(weights.shapes()).sliceFor(name);
        if (slice.isEmpty()) {
            throw new ModelLoadException("component " + name + " must be a folder, or a file that holds a " + name
                    + ", but " + file + " is "
                    + FileKind.of(weights.shapes()).description());
        }
        return new ComponentFile(file, weights, slice.get());
    }

    /** The part, with what is not in its shapes from {@code like}, the config of what it replaces. */
    PartSlice part(JsonNode like) {
        Map<String, List<Long>> shapes = weights.shapes();
        Pieces names = slice.kind().pieces(shapes, slice.prefix());
        ObjectNode config = slice.kind().shape(names.shapes(shapes)).configLike(like);
        boolean leavesOutLayers = like.path(LAYERS).isInt()
                && like.path(LAYERS).asInt() < config.path(LAYERS).asInt();
        if (leavesOutLayers) { // as Stable Diffusion 2 does with the last layer of OpenCLIP
            config.set(LAYERS, like.path(LAYERS));
        }
        if (ClipNames.isOpenClip(shapes, slice.prefix())) {
            config.put("hidden_act", "gelu");
        }
        return new PartSlice(file, ConfigFile.of(file, config), Optional.of(names.of(weights)));
    }
}
