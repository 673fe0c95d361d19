package dev.triptych.diffusion.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.ModelLoadException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which files of a repository a model is made of, chosen as diffusers does (0.42.1, pipelines/pipeline_utils.py
 * download): configs and tokenizers whole, of each folder's weights one set, safetensors before anything else, of the
 * variant that was asked for. Never code. Immutable.
 *
 * @param files the chosen paths, sorted
 * @param notices what a person should know about the choice
 */
record FileSelection(Set<String> files, List<String> notices) {

    static final String MODEL_INDEX = "model_index.json";

    /** What the engine never runs, whatever the checkpoint holds. */
    private static final Set<String> UNUSED = Set.of("safety_checker");

    private static final Pattern WEIGHTS = Pattern.compile(
            ".*\\.(safetensors|bin|msgpack|h5|ckpt|pt|pth|gguf|ot|onnx" + "|onnx_data|pb|data|mlmodel|tflite)");
    private static final Pattern CODE = Pattern.compile(".*\\.(py|pyc|ipynb|sh|exe|dll|so|dylib|jar)");

    /** The spellings of weights; the variant stands before the shard's number or, in older files, behind it. */
    private static final Pattern SET =
            Pattern.compile("(?<base>diffusion_pytorch_model|model|pytorch_model)(\\.(?<new>[A-Za-z0-9_]+))??"
                    + "(-(?<shard>\\d{5})-of-(?<count>\\d{5}))?(\\.(?<old>[A-Za-z0-9_]+))?\\.(?<kind>safetensors|bin)");

    FileSelection {
        files = java.util.Collections.unmodifiableSet(new TreeSet<>(files));
        notices = List.copyOf(notices);
    }

    /**
     * The files of a whole checkpoint.
     *
     * @param paths all paths there are
     * @param index its {@code model_index.json}
     * @param variant such as {@code "fp16"}; empty = the plain weights, where there are some
     * @throws ModelLoadException if a folder has no usable weights, or no folder has the variant
     */
    static FileSelection ofCheckpoint(Collection<String> paths, JsonNode index, Optional<String> variant) {
        Chooser chooser = new Chooser(paths, variant);
        chooser.files.add(MODEL_INDEX);
        chooser.addIfThere("triptych.json");
        Set<String> ignored = new TreeSet<>();
        index.path("_ignore_files").forEach(name -> ignored.add(name.asText()));
        components(index).forEach(part -> chooser.addFolder(part + "/"));
        chooser.files.removeAll(ignored);
        return chooser.done();
    }

    /** The parts that {@code index} names and that are used: keys whose value is {@code ["library", "class"]}. */
    static List<String> components(JsonNode index) {
        return index.properties().stream()
                .filter(entry -> isComponent(entry.getValue()) && isUsed(entry.getKey(), index))
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * The files of one part: the configs and weights of {@code folder}, which ends with a slash or is the root.
     *
     * @throws ModelLoadException if it has no usable weights
     */
    static FileSelection ofFolder(Collection<String> paths, String folder, Optional<String> variant) {
        Chooser chooser = new Chooser(paths, variant);
        chooser.addFolder(folder);
        return chooser.done();
    }

    /** The file {@code path}, and small ones beside it that say what it is. */
    static FileSelection ofFile(Collection<String> paths, String path) {
        Chooser chooser = new Chooser(paths, Optional.empty());
        chooser.files.add(path);
        int dot = path.lastIndexOf('.');
        String stem = dot > path.lastIndexOf('/') ? path.substring(0, dot) : path;
        chooser.addIfThere(stem + ".yaml");
        chooser.addIfThere(RepoPath.folder(path) + "adapter_config.json");
        return chooser.done();
    }

    /** The files of the root that could be meant where a repository is no checkpoint, sorted. */
    static List<String> candidates(Collection<String> paths) {
        return paths.stream()
                .filter(path -> path.matches(".*\\.(safetensors|gguf|ckpt|pt|bin)"))
                .sorted()
                .toList();
    }

    static boolean isWeights(String path) {
        return WEIGHTS.matcher(path).matches();
    }

    /** {@code ["library", "class"]}, and not {@code [null, null]}. */
    private static boolean isComponent(JsonNode entry) {
        return entry.isArray() && entry.size() == 2 && entry.path(1).isTextual();
    }

    private static boolean isUsed(String component, JsonNode index) {
        String pipeline = index.path("_class_name").asText();
        boolean unusedEncoder = component.equals("image_encoder")
                && pipeline.startsWith("StableDiffusion")
                && !pipeline.contains("UnCLIP")
                && !pipeline.contains("ImageVariation");
        return RepoPath.isSafe(component) && !UNUSED.contains(component) && !unusedEncoder;
    }

    /** Collects the choice folder by folder. Not thread-safe. */
    private static final class Chooser {
        private final Collection<String> paths;
        private final Optional<String> variant;
        private final Set<String> files = new TreeSet<>();
        private final List<String> without = new ArrayList<>();
        private boolean variantFound;
        private final List<String> notices = new ArrayList<>();

        Chooser(Collection<String> paths, Optional<String> variant) {
            this.paths = paths;
            this.variant = variant;
        }

        void addIfThere(String path) {
            if (paths.contains(path)) {
                files.add(path);
            }
        }

        FileSelection done() {
            if (variant.isPresent() && !variantFound) {
                throw new ModelLoadException(
                        "variant " + variant.get() + " must be one that the model has but no weights of it are there");
            }
            if (!without.isEmpty()) {
                notices.add("variant " + variant.orElse("") + " is not there for " + String.join(", ", without)
                        + ": other weights are taken");
            }
            return new FileSelection(files, notices);
        }

        void addFolder(String folder) {
            List<String> inside = paths.stream()
                    .filter(path ->
                            path.startsWith(folder) && !CODE.matcher(path).matches())
                    .toList();
            List<String> direct = inside.stream()
                    .filter(path -> RepoPath.folder(path).equals(folder))
                    .toList();
            boolean hasConfig = direct.contains(folder + "config.json");
            boolean hasWeights = direct.stream().anyMatch(FileSelection::isWeights);
            if (!hasWeights && !hasConfig) {
                files.addAll(inside); // a tokenizer, a scheduler
                return;
            }
            direct.stream()
                    .filter(path -> path.matches(".*\\.(json|txt|model)") && !path.contains(".index."))
                    .forEach(files::add);
            files.addAll(weights(folder, direct));
        }

        private List<String> weights(String folder, List<String> direct) {
            Map<String, List<String>> sets = new TreeMap<>();
            for (String path : direct) {
                Matcher name = SET.matcher(RepoPath.fileName(path));
                if (name.matches()) {
                    sets.computeIfAbsent(rank(name), key -> new ArrayList<>()).add(path);
                }
            }
            for (List<String> set : sets.values()) {
                Matcher name = matched(set.get(0));
                int expected = name.group("count") == null ? 1 : Integer.parseInt(name.group("count"));
                if (set.size() >= expected) {
                    note(folder, variantOf(name));
                    return withIndex(set, name, direct);
                }
            }
            return readyMade(folder, direct);
        }

        private static Matcher matched(String path) {
            Matcher name = SET.matcher(RepoPath.fileName(path));
            if (!name.matches()) {
                throw new IllegalStateException(path + " must be weights");
            }
            return name;
        }

        private void note(String folder, String found) {
            if (variant.isPresent() && variant.get().equals(found)) {
                variantFound = true;
            } else if (variant.isPresent()) {
                without.add(folder.isEmpty() ? "the model" : folder.substring(0, folder.length() - 1));
            } else if (!found.isEmpty()) {
                notices.add((folder.isEmpty() ? "the model" : folder) + " has weights of variant " + found + " alone");
            }
        }

        /**
         * The best set comes first: safetensors, the variant asked for, plain, fp16, others; one file before shards.
         */
        private String rank(Matcher name) {
            String found = variantOf(name);
            int order = variant.isPresent() && variant.get().equals(found)
                    ? 0
                    : found.isEmpty() ? 1 : found.equals("fp16") ? 2 : 3;
            String shards = name.group("count") == null ? "" : name.group("count");
            return (name.group("kind").equals("safetensors") ? "0" : "1") + order + found + "/" + shards + "/"
                    + name.group("base");
        }

        private static String variantOf(Matcher name) {
            String newer = name.group("new");
            String older = name.group("old");
            return newer != null ? newer : older != null ? older : "";
        }

        /** Shards, and the list of what is in which of them, which Python needs. */
        private static List<String> withIndex(List<String> set, Matcher name, List<String> direct) {
            if (name.group("count") == null) {
                return set;
            }
            String stem = RepoPath.folder(set.get(0)) + name.group("base") + "." + name.group("kind");
            String found = variantOf(name);
            List<String> all = new ArrayList<>(set);
            Stream.of(
                            stem + ".index" + (found.isEmpty() ? "" : "." + found) + ".json",
                            stem + (found.isEmpty() ? "" : "." + found) + ".index.json")
                    .distinct()
                    .filter(direct::contains)
                    .forEach(all::add);
            return all;
        }

        /** An ONNX model in the place of weights, with what lies outside it. */
        private static List<String> readyMade(String folder, List<String> direct) {
            if (direct.contains(folder + "model.onnx")) {
                return direct.stream()
                        .filter(path -> path.matches(".*/model\\.onnx|.*\\.(onnx_data|data|pb)"))
                        .toList();
            }
            throw new ModelLoadException((folder.isEmpty() ? "the model" : folder)
                    + " must have weights as .safetensors, .bin or model.onnx, all shards of them, but has "
                    + direct.stream()
                            .filter(FileSelection::isWeights)
                            .map(RepoPath::fileName)
                            .toList());
        }
    }
}
