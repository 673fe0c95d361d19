package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A part that a file does not hold and nothing can stand in for: only who needs it is refused. Immutable.
 *
 * @param location the file
 * @param reason why it is not there, and what to do
 */
record AbsentPart(Path location, String reason) implements PartContents {

    @Override
    public boolean isFolder() {
        return false;
    }

    @Override
    public Optional<String> missing() {
        return Optional.of(reason);
    }

    @Override
    public ConfigFile config() {
        throw new ModelLoadException(reason);
    }

    @Override
    public ConfigFile configOr(ObjectNode standard) {
        throw new ModelLoadException(reason);
    }

    @Override
    public Optional<Path> onnx() {
        return Optional.empty();
    }

    @Override
    public Weights weights() {
        throw new ModelLoadException(reason);
    }

    @Override
    public void addTo(Fingerprint fingerprint, String name) {
        fingerprint.add(name, "");
    }
}
