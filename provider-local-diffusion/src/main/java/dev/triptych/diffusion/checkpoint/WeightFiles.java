package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the files of one component's weights among the spellings in use: {@code NAME.safetensors}, a variant
 * ({@code NAME.fp16.safetensors}), and shards with or without a variant, in diffusers' newer and older order of the
 * parts ({@code NAME.fp16-00001-of-00002.safetensors}, {@code NAME-00001-of-00002.fp16.safetensors}). A file without a
 * variant wins, then fp16, then the first by name; one file wins over shards. Where there is no safetensors file, the
 * same spellings are looked for with {@code .bin}, and then a single {@code .gguf} file of any name.
 */
final class WeightFiles {

    private static final Pattern SPELLING =
            Pattern.compile("(?<base>(diffusion_)?pytorch_model|model)(\\.(?<new>[A-Za-z0-9_]+))??"
                    + "(-(?<shard>\\d{5})-of-(?<count>\\d{5}))?(\\.(?<old>[A-Za-z0-9_]+))?"
                    + "\\.(?<kind>safetensors|bin)");

    private static final String SAFETENSORS = "safetensors";
    private static final String GGUF = ".gguf";

    private WeightFiles() {}

    /**
     * The files of the component in {@code folder}, symbolic links resolved: one, or all shards.
     *
     * @throws ModelLoadException if there are none, or a shard is missing
     */
    static List<Path> find(Path folder) {
        return find(folder, "");
    }

    /**
     * The same, but those of {@code variant} first, where there are some.
     *
     * @throws ModelLoadException if there are none, or a shard is missing
     */
    static List<Path> find(Path folder, String variant) {
        for (String kind : List.of(SAFETENSORS, "bin")) {
            List<Path> files = find(folder, kind, variant);
            if (!files.isEmpty()) {
                return files;
            }
        }
        List<Path> gguf = gguf(folder);
        if (gguf.size() == 1) {
            return List.of(real(gguf.get(0)));
        }
        throw new ModelLoadException(
                folder + " must hold weights as .safetensors, .bin or one .gguf but holds " + names(list(folder)));
    }

    private static List<Path> find(Path folder, String kind, String variant) {
        Map<String, List<Path>> sets = new TreeMap<>(Comparator.comparing(set -> rank(set, variant)));
        Map<String, Integer> counts = new TreeMap<>();
        for (Path file : list(folder)) {
            Matcher matcher = SPELLING.matcher(file.getFileName().toString());
            if (matcher.matches() && kind.equals(matcher.group("kind"))) {
                String shards = matcher.group("shard") == null ? "" : matcher.group("count");
                String set = variant(matcher) + "/" + shards + "/" + matcher.group("base");
                sets.computeIfAbsent(set, key -> new ArrayList<>()).add(file);
                counts.put(set, shards.isEmpty() ? 1 : Integer.parseInt(shards));
            }
        }
        for (Map.Entry<String, List<Path>> set : sets.entrySet()) {
            int expected = counts.getOrDefault(set.getKey(), 1);
            if (set.getValue().size() < expected) {
                throw new ModelLoadException(folder + " must hold " + expected + " shards of weights but holds "
                        + set.getValue().size() + ": " + names(set.getValue()));
            }
            return set.getValue().stream().map(WeightFiles::real).toList();
        }
        return List.of();
    }

    /** Whether {@code folder} holds weights of any kind. */
    static boolean exist(Path folder) {
        return holds(folder, "safetensors|bin") || !gguf(folder).isEmpty();
    }

    /** Whether {@code folder} holds a safetensors file. */
    static boolean holdsSafetensors(Path folder) {
        return holds(folder, SAFETENSORS);
    }

    private static boolean holds(Path folder, String kinds) {
        return list(folder).stream()
                .map(file -> SPELLING.matcher(file.getFileName().toString()))
                .anyMatch(matcher -> matcher.matches() && matcher.group("kind").matches(kinds));
    }

    private static List<Path> gguf(Path folder) {
        return list(folder).stream()
                .filter(file -> file.toString().endsWith(GGUF))
                .toList();
    }

    private static String variant(Matcher matcher) {
        String newer = matcher.group("new");
        String older = matcher.group("old");
        return newer != null ? newer : older != null ? older : "";
    }

    /** Sorts sets of files: the variant asked for, without one, fp16, others; in each one file before shards. */
    private static String rank(String set, String variant) {
        return (set.startsWith(variant + "/") ? "0" : set.startsWith("/") ? "1" : set.startsWith("fp16/") ? "2" : "3")
                + set;
    }

    private static Collection<String> names(Collection<Path> files) {
        Collection<String> names = new TreeSet<>();
        files.forEach(file -> names.add(file.getFileName().toString()));
        return names;
    }

    /** What is in {@code folder}, by name. */
    static List<Path> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ModelLoadException(
                    folder + " must be a folder but " + (Files.exists(folder) ? "is a file" : "does not exist"));
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new ModelLoadException(folder + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            throw new ModelLoadException(file + " must be a file of weights but its link leads nowhere", e);
        }
    }
}
