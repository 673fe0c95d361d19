package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.ModelLoadException;
import dev.triptych.NearestNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A checkpoint as named parts, each with its config and its weights: a Hugging Face diffusers directory, or one in
 * which ONNX models stand in the place of weights. The names are those of {@code model_index.json}. It knows no
 * network: what the parts mean is the family's business. Thread-safe.
 *
 * <p>Opening reads {@code model_index.json} alone.
 *
 * <pre>{@code
 * Checkpoint checkpoint = Checkpoint.open(Path.of("stable-diffusion-v1-5"), Components.none());
 * Part unet = checkpoint.require("unet");
 * unet.config().integer("in_channels", 4);  // 4; 9 for an inpainting checkpoint
 * }</pre>
 */
public final class Checkpoint {

    private final Path folder;
    private final ConfigFile index;
    private final ConfigFile recommendations;
    private final String variant;
    private final Map<String, Part> parts = new TreeMap<>();

    private Checkpoint(Path folder, Components components) {
        this.folder = folder;
        this.variant = components.variant();
        this.index = ConfigFile.read(modelIndex(folder));
        this.recommendations = ConfigFile.readOr(folder.resolve("triptych.json"), ConfigFile.object());
        for (String name : index.keys()) {
            if (isPart(index.node(name))) {
                parts.put(name, part(name, folder.resolve(name)));
            }
        }
        for (String name : subfolders(folder)) {
            if (!index.keys().contains(name)) { // an export that says less than it holds
                parts.put(name, part(name, folder.resolve(name)));
            }
        }
        components.replaced().forEach((name, path) -> parts.put(name, part(name, replacement(name, path))));
        components.leftOut().forEach(this::leaveOut);
    }

    /**
     * Opens the checkpoint in {@code folder}, with other parts in the place of some.
     *
     * @throws ModelLoadException if the folder is no checkpoint, or a part that should be replaced is not there
     */
    public static Checkpoint open(Path folder, Components components) {
        if (!Files.isDirectory(folder)) {
            throw new ModelLoadException(
                    folder + " must be a folder but " + (Files.exists(folder) ? "is a file" : "does not exist"));
        }
        return new Checkpoint(folder.toAbsolutePath().normalize(), components);
    }

    /** Opens the checkpoint in {@code folder} as it is. */
    public static Checkpoint open(Path folder) {
        return open(folder, Components.none());
    }

    /** The checkpoint's folder, absolute. */
    public Path folder() {
        return folder;
    }

    /** The name its author gave it, else the folder's; in a Hugging Face cache the repository's. */
    public String name() {
        return recommendations.text("name", repositoryName(folder).orElse(String.valueOf(folder.getFileName())));
    }

    /** {@code OWNER/NAME} of the folder {@code models--OWNER--NAME/snapshots/COMMIT}. */
    private static Optional<String> repositoryName(Path folder) {
        int count = folder.getNameCount();
        if (count < 3 || !folder.getName(count - 2).toString().equals("snapshots")) {
            return Optional.empty();
        }
        String repository = folder.getName(count - 3).toString();
        return repository.startsWith("models--")
                ? Optional.of(repository.substring("models--".length()).replace("--", "/"))
                : Optional.empty();
    }

    /** {@code model_index.json}. */
    public ConfigFile index() {
        return index;
    }

    /**
     * The author's recommendations, {@code triptych.json} beside {@code model_index.json}; empty where there is none.
     */
    public ConfigFile recommendations() {
        return recommendations;
    }

    /** The diffusers pipeline it was saved from, such as {@code StableDiffusionPipeline}. */
    public String pipelineClass() {
        return index.text("_class_name", "StableDiffusionPipeline");
    }

    /** The names of its parts. */
    public Set<String> names() {
        return parts.keySet();
    }

    /** The part {@code name}, if the checkpoint has it. */
    public Optional<Part> part(String name) {
        return Optional.ofNullable(parts.get(name));
    }

    /**
     * The part {@code name}.
     *
     * @throws ModelLoadException if the checkpoint has none
     */
    public Part require(String name) {
        Part part = parts.get(name);
        if (part == null) {
            throw new ModelLoadException(index.file() + ": \"" + name + "\" must be a part of the checkpoint but "
                    + (index.keys().contains(name) ? "is null" : "is not there") + ": give one with --component " + name
                    + "=PATH");
        }
        if (!Files.isDirectory(part.location())) {
            throw new ModelLoadException(part.location() + " must be a folder but "
                    + (Files.exists(part.location()) ? "is a file" : "does not exist"));
        }
        return part;
    }

    /**
     * A hash that changes with anything that changes the pictures: configs, tokenizers, and the weights of every part
     * in {@code names}. Of weights it takes sizes, headers and samples, so that it costs milliseconds. 64 hexadecimal
     * digits.
     *
     * @throws ModelLoadException if a file cannot be read
     */
    public String fingerprint(Set<String> names) {
        return Fingerprint.of(this, names);
    }

    private Part part(String name, Path location) {
        return new Part(name, location, index.node(name).path(1).asText(""), variant);
    }

    /**
     * Whether an entry of model_index.json names a part: {@code ["library", "class"]}, and not {@code [null, null]}.
     */
    private static boolean isPart(JsonNode entry) {
        return entry.isArray() && entry.size() == 2 && entry.path(1).isTextual();
    }

    private static Set<String> subfolders(Path folder) {
        Set<String> names = new TreeSet<>();
        for (Path entry : WeightFiles.list(folder)) {
            if (Files.isDirectory(entry)) {
                names.add(String.valueOf(entry.getFileName()));
            }
        }
        return names;
    }

    private static Path replacement(String name, Path path) {
        if (!Files.exists(path)) {
            throw new ModelLoadException("component " + name + " must be a folder but " + path + " does not exist");
        }
        return path.toAbsolutePath().normalize();
    }

    private void leaveOut(String name) {
        if (parts.remove(name) == null && !index.keys().contains(name)) {
            throw new ModelLoadException("component " + name + " must be a part of " + folder
                    + " but is not; the nearest is "
                    + NearestNames.to(name, parts.keySet()).stream().findFirst().orElse("none"));
        }
    }

    /** The file that makes a folder a checkpoint; what is often taken for one is named by its name. */
    private static Path modelIndex(Path folder) {
        Path index = folder.resolve("model_index.json");
        if (Files.exists(index)) {
            return index;
        }
        throw new ModelLoadException(
                folder + " must be a diffusers directory with a model_index.json but " + insteadOfIndex(folder));
    }

    private static String insteadOfIndex(Path folder) {
        if (Files.isDirectory(folder.resolve("snapshots"))) {
            return "is a repository in the Hugging Face cache, whose checkpoints are the folders in "
                    + folder.resolve("snapshots");
        }
        if (Files.exists(folder.resolve("config.json"))) {
            ConfigFile single = ConfigFile.read(folder.resolve("config.json"));
            String kind = single.text("_class_name", single.text("model_type", "of no known class"));
            Path parent = folder.toAbsolutePath().getParent();
            boolean isPart = parent != null && Files.exists(parent.resolve("model_index.json"));
            return "holds a single model, " + kind + (isPart ? ": give its parent, " + parent : "");
        }
        for (String inside : subfolders(folder)) {
            if (Files.exists(folder.resolve(inside).resolve("model_index.json"))) {
                return "has none: it holds " + inside + ", give that folder";
            }
        }
        return "has none";
    }
}
