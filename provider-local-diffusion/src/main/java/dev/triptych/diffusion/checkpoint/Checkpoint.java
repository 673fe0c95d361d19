package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.NearestNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A checkpoint as named parts, each with its config and its weights: a Hugging Face diffusers directory, one in which
 * ONNX models stand in the place of weights, or a single file that holds a whole model. The names are those of
 * {@code model_index.json}. What the parts mean is the family's business. Thread-safe.
 *
 * <p>Opening reads {@code model_index.json} alone, and of a single file its header.
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
    private final List<String> remarks;
    private final Function<String, ObjectNode> usual;
    private final String variant;
    private final Map<String, Part> parts = new TreeMap<>();

    private Checkpoint(Path folder, Components components) {
        this.folder = folder;
        this.variant = components.variant();
        this.index = ConfigFile.read(modelIndex(folder));
        this.recommendations = ConfigFile.readOr(folder.resolve("triptych.json"), ConfigFile.object());
        this.remarks = List.of();
        this.usual = name -> ConfigFile.object();
        for (String name : index.keys()) {
            if (isPart(index.node(name))) {
                parts.put(name, part(name, new PartFolder(folder.resolve(name), variant)));
            }
        }
        for (String name : subfolders(folder)) {
            if (!index.keys().contains(name)) { // an export that says less than it holds
                parts.put(name, part(name, new PartFolder(folder.resolve(name), variant)));
            }
        }
        change(components);
    }

    private Checkpoint(Path file, Components components, SingleFileOptions options) {
        SingleFile single = SingleFile.open(file, components.replaced().keySet(), options);
        this.folder = file;
        this.variant = components.variant();
        this.index = single.index();
        this.recommendations = ConfigFile.of(file, ConfigFile.object());
        this.remarks = single.remarks();
        this.usual = single::usual;
        parts.putAll(single.parts());
        change(components);
    }

    private void change(Components components) {
        components.replaced().forEach((name, path) -> parts.put(name, part(name, replacement(name, path))));
        components.leftOut().forEach(this::leaveOut);
    }

    /**
     * Opens the checkpoint in {@code path}, with other parts in the place of some.
     *
     * @param path a diffusers directory, or a file that holds a whole model
     * @param components parts that come from elsewhere
     * @param options how a file is read
     * @throws ModelLoadException if it is no checkpoint, or a part that should be replaced is not there
     */
    public static Checkpoint open(Path path, Components components, SingleFileOptions options) {
        Path absolute = path.toAbsolutePath().normalize();
        if (Files.isRegularFile(path)) {
            return new Checkpoint(absolute, components, options);
        }
        if (!Files.isDirectory(path)) {
            throw new ModelLoadException(path + " must be a folder or a file of weights but "
                    + (Files.exists(path) ? "is neither" : "does not exist"));
        }
        if (!options.equals(SingleFileOptions.standard())) {
            throw new ModelLoadException((options.ema() ? "ema" : "model config")
                    + " must be left out, because it is for a model that is one file, but " + path + " is a folder");
        }
        return new Checkpoint(absolute, components);
    }

    /** Opens the checkpoint in {@code path}, with other parts in the place of some. */
    public static Checkpoint open(Path path, Components components) {
        return open(path, components, SingleFileOptions.standard());
    }

    /** Opens the checkpoint in {@code path} as it is. */
    public static Checkpoint open(Path path) {
        return open(path, Components.none());
    }

    /** The checkpoint's folder, or the file that holds it; absolute. */
    public Path folder() {
        return folder;
    }

    /** The name its author gave it, else the file's or the folder's; in a Hugging Face cache the repository's. */
    public String name() {
        return recommendations.text("name", Files.isDirectory(folder) ? folderName() : SingleFile.stem(folder));
    }

    private String folderName() {
        return repositoryName(folder).orElse(String.valueOf(folder.getFileName()));
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
        part.missing().ifPresent(missing -> {
            throw new ModelLoadException(missing);
        });
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

    /** What is worth knowing about how it was put together. */
    public List<String> remarks() {
        return remarks;
    }

    private Part part(String name, PartContents contents) {
        return new Part(name, contents, index.node(name).path(1).asText(""));
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

    private PartContents replacement(String name, Path path) {
        if (!Files.exists(path)) {
            throw new ModelLoadException(
                    "component " + name + " must be a folder or a file but " + path + " does not exist");
        }
        Path absolute = path.toAbsolutePath().normalize();
        return Files.isRegularFile(path)
                ? ComponentFile.open(name, absolute).part(configOf(name))
                : new PartFolder(absolute, variant);
    }

    /** The config of a part that is about to be replaced; for what no part says, the usual one. */
    private JsonNode configOf(String name) {
        return part(name)
                .filter(replaced -> replaced.isThere() && replaced.onnx().isEmpty())
                .map(replaced -> replaced.configOr(ConfigFile.object()).root())
                .orElseGet(() -> usual.apply(name));
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
