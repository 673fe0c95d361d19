package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A part that has no folder: some tensors of a file and the config that their shapes tell, or a config alone, as a
 * scheduler has. Immutable.
 *
 * @param location the file
 * @param config what {@code config.json} would say
 * @param tensors views of the file's tensors under the names of diffusers; empty where there are none
 */
record PartSlice(Path location, ConfigFile config, Optional<Weights> tensors) implements PartContents {

    @Override
    public boolean isFolder() {
        return false;
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public ConfigFile configOr(ObjectNode standard) {
        return config;
    }

    @Override
    public Optional<Path> onnx() {
        return Optional.empty();
    }

    @Override
    public Weights weights() {
        return tensors.orElseThrow(() -> new ModelLoadException(location + " must hold weights but holds none"));
    }

    @Override
    public void addTo(Fingerprint fingerprint, String name) {
        fingerprint.add(name, config.root().toString());
        tensors.ifPresent(weights -> fingerprint.add(name, weights.identity()));
    }
}
