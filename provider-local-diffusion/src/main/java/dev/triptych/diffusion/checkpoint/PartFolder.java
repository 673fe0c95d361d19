package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A folder of a diffusers directory: {@code config.json}, and weights or a ready-made ONNX model. Thread-safe. */
final class PartFolder implements PartContents {

    private final Path folder;
    private final String variant;
    private @Nullable Weights weights;
    private @Nullable Boolean readyMade;

    /** @param variant which weights to take where there are several; {@code ""} = the plain ones */
    PartFolder(Path folder, String variant) {
        this.folder = folder;
        this.variant = variant;
    }

    @Override
    public Path location() {
        return folder;
    }

    @Override
    public boolean isFolder() {
        return true;
    }

    @Override
    public Optional<String> missing() {
        return Files.isDirectory(folder)
                ? Optional.empty()
                : Optional.of(
                        folder + " must be a folder but " + (Files.exists(folder) ? "is a file" : "does not exist"));
    }

    @Override
    public ConfigFile config() {
        return ConfigFile.read(folder.resolve("config.json"));
    }

    @Override
    public ConfigFile configOr(ObjectNode standard) {
        return ConfigFile.readOr(folder.resolve("config.json"), standard);
    }

    @Override
    public Optional<Path> onnx() {
        return isReadyMade() ? Optional.of(folder.resolve("model.onnx")) : Optional.empty();
    }

    /** Looked at once: an evaluation asks each time. */
    private synchronized boolean isReadyMade() {
        if (readyMade == null) {
            boolean weightsExist = Files.isDirectory(folder) && WeightFiles.exist(folder);
            readyMade = Files.isRegularFile(folder.resolve("model.onnx")) && !weightsExist;
        }
        return readyMade;
    }

    @Override
    public synchronized Weights weights() {
        if (weights == null) {
            List<Path> files = WeightFiles.find(folder, variant);
            weights = Weights.open(files, folder.toString());
        }
        return weights;
    }

    @Override
    public void addTo(Fingerprint fingerprint, String name) throws IOException {
        fingerprint.addSmallFiles(name, folder);
        Optional<Path> onnx = onnx();
        if (onnx.isPresent()) {
            fingerprint.addSamples(onnx.get());
        } else if (WeightFiles.exist(folder)) {
            fingerprint.add(name, weights().identity());
        }
    }
}
