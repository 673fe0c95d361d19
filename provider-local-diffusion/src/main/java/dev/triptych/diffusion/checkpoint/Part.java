package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A named part of a checkpoint: its config, and its weights or a ready-made ONNX model. Opened when it is asked for.
 * Thread-safe.
 */
public final class Part {

    private final String name;
    private final Path location;
    private final String declaredClass;
    private @Nullable Weights weights;
    private @Nullable Boolean readyMade;

    /**
     * @param name as in model_index.json, such as {@code "unet"}
     * @param location the folder
     * @param declaredClass the class that model_index.json names, or {@code ""}
     */
    Part(String name, Path location, String declaredClass) {
        this.name = name;
        this.location = location;
        this.declaredClass = declaredClass;
    }

    /** A folder that stands alone, such as a CLIP's. */
    public static Part at(Path folder) {
        return new Part(String.valueOf(folder.getFileName()), folder, "");
    }

    /** Its name in model_index.json. */
    public String name() {
        return name;
    }

    /** Its folder, or the file that stands for it. */
    public Path location() {
        return location;
    }

    /** The class that model_index.json says it is; {@code ""} where it says nothing. */
    public String declaredClass() {
        return declaredClass;
    }

    /**
     * Its {@code config.json}.
     *
     * @throws ModelLoadException if it is missing or damaged
     */
    public ConfigFile config() {
        return ConfigFile.read(location.resolve("config.json"));
    }

    /** Its {@code config.json}, or what stands in for it: old ONNX exports have none. */
    public ConfigFile configOr(ObjectNode standard) {
        return ConfigFile.readOr(location.resolve("config.json"), standard);
    }

    /** A file of this part, such as {@code scheduler_config.json}; it need not exist. */
    public Path file(String fileName) {
        return location.resolve(fileName);
    }

    /** The ready-made ONNX model, if this part has one instead of weights. */
    public Optional<Path> onnx() {
        return isReadyMade() ? Optional.of(location.resolve("model.onnx")) : Optional.empty();
    }

    /** Looked at once: an evaluation asks each time. */
    private synchronized boolean isReadyMade() {
        if (readyMade == null) {
            boolean weightsExist = Files.isDirectory(location) && WeightFiles.holdsSafetensors(location);
            readyMade = Files.isRegularFile(location.resolve("model.onnx")) && !weightsExist;
        }
        return readyMade;
    }

    /**
     * Its weights, opened once: headers are read and checked, contents are not.
     *
     * @throws ModelLoadException if a file is missing or damaged
     */
    public synchronized Weights weights() {
        if (weights == null) {
            List<Path> files = WeightFiles.find(location);
            weights = Weights.open(files, location.toString());
        }
        return weights;
    }

    @Override
    public String toString() {
        return name + " in " + location;
    }
}
