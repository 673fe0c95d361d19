package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A named part of a checkpoint: its config, and its weights or a ready-made ONNX model. It is a folder, or some of the
 * tensors of a file. Opened when it is asked for. Thread-safe.
 */
public final class Part {

    private final String name;
    private final PartContents contents;
    private final String declaredClass;

    /**
     * @param name as in model_index.json, such as {@code "unet"}
     * @param contents where config and weights come from
     * @param declaredClass the class that model_index.json names, or {@code ""}
     */
    Part(String name, PartContents contents, String declaredClass) {
        this.name = name;
        this.contents = contents;
        this.declaredClass = declaredClass;
    }

    /** A folder that stands alone, such as a CLIP's. */
    public static Part at(Path folder) {
        return new Part(String.valueOf(folder.getFileName()), new PartFolder(folder, ""), "");
    }

    /**
     * A part that stands alone in a folder, or in a file, whose config is read off the shapes of its tensors.
     *
     * @param name as in model_index.json, such as {@code "controlnet"}
     * @param like the config of a network of the same architecture, for what shapes do not tell; a missing node = none
     * @throws ModelLoadException if it is a file that is damaged, or holds nothing that can be that part
     */
    public static Part standing(String name, Path path, JsonNode like) {
        return Files.isDirectory(path)
                ? new Part(name, new PartFolder(path, ""), "")
                : new Part(name, ComponentFile.open(name, path).part(like), "");
    }

    /** Its name in model_index.json. */
    public String name() {
        return name;
    }

    /** Its folder, or the file that stands for it. */
    public Path location() {
        return contents.location();
    }

    /**
     * Whether it is a folder, which may hold more files than {@link #file} names; else there is its config alone, and
     * its weights if it has any.
     */
    public boolean isFolder() {
        return contents.isFolder();
    }

    /** Whether its folder or file is there. */
    public boolean isThere() {
        return contents.missing().isEmpty();
    }

    /** Why its folder is not there; empty if it is. */
    Optional<String> missing() {
        return contents.missing();
    }

    /** The class that model_index.json says it is; {@code ""} where it says nothing. */
    public String declaredClass() {
        return declaredClass;
    }

    /**
     * Its {@code config.json}, or what its tensors' shapes tell of it.
     *
     * @throws ModelLoadException if it is missing or damaged
     */
    public ConfigFile config() {
        return contents.config();
    }

    /** Its {@code config.json}, or what stands in for it: old ONNX exports have none. */
    public ConfigFile configOr(ObjectNode standard) {
        return contents.configOr(standard);
    }

    /** A file of this part's folder, such as {@code scheduler_config.json}; it need not exist. */
    public Path file(String fileName) {
        return location().resolve(fileName);
    }

    /** The ready-made ONNX model, if this part has one instead of weights. */
    public Optional<Path> onnx() {
        return contents.onnx();
    }

    /**
     * Its weights, opened once: headers are read and checked, contents are not.
     *
     * @throws ModelLoadException if a file is missing or damaged
     */
    public Weights weights() {
        return contents.weights();
    }

    /**
     * A hash that changes with anything that changes what it computes; reads headers and samples of the weights.
     *
     * @throws ModelLoadException if a file cannot be read
     */
    public String fingerprint() {
        return Fingerprint.of(this);
    }

    void addTo(Fingerprint fingerprint) throws IOException {
        contents.addTo(fingerprint, name);
    }

    @Override
    public String toString() {
        return name + " in " + location();
    }
}
