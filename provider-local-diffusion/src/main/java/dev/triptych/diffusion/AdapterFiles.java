package dev.triptych.diffusion;

import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.diffusion.adapt.Embedding;
import dev.triptych.storage.UserFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The keys of {@code triptych.yaml} that name files of LoRA and textual inversion: files by name, a list of files, or a
 * folder. Of a folder or a list each file is called by its name without the ending.
 */
final class AdapterFiles {

    /** The word of those that say theirs themselves: as A1111 writes what has none. */
    private static final String OWN_WORD = "*";

    /** Endings of files, the better first where two differ in nothing else. */
    private static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".bin", ".ckpt");

    private final GeneratorSettings settings;
    private final String key;

    private AdapterFiles(GeneratorSettings settings, String key) {
        this.settings = settings;
        this.key = key;
    }

    /**
     * {@code local} with the files that {@code settings} name.
     *
     * @throws ConfigException if a value cannot be used, or a folder not be read
     */
    static LocalSettings added(LocalSettings local, GeneratorSettings settings, String loras, String embeddings) {
        LocalSettings all = local;
        for (Map.Entry<String, Lora> lora :
                new AdapterFiles(settings, loras).loras().entrySet()) {
            try {
                all = all.withLora(lora.getKey(), lora.getValue());
            } catch (IllegalArgumentException e) {
                throw settings.wrong(loras, "LoRAs by names without commas, colons and spaces around", lora.getKey());
            }
        }
        for (TextualInversion embedding : new AdapterFiles(settings, embeddings).embeddings()) {
            all = all.withEmbedding(embedding);
        }
        return all;
    }

    private Map<String, Lora> loras() {
        Map<String, Lora> loras = new LinkedHashMap<>();
        if (!settings.isMap(key)) {
            listed().forEach(file -> loras.putIfAbsent(name(file), Lora.of(file)));
            return loras;
        }
        settings.map(key).forEach((name, value) -> loras.put(name, lora(name, value)));
        return loras;
    }

    /** A file, or a map of {@code file} and {@code strength}. */
    private Lora lora(String name, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return Lora.of(file(name, value));
        }
        map.keySet().stream()
                .filter(each -> !List.of("file", "strength").contains(each))
                .findFirst()
                .ifPresent(unknown -> {
                    throw settings.wrong(key + "." + name, "file and strength", String.valueOf(unknown));
                });
        ModelSource file = file(name + ".file", map.get("file"));
        Object strength = map.get("strength");
        if (strength == null) {
            return Lora.of(file);
        }
        try {
            return new Lora(file, Double.parseDouble(String.valueOf(strength)));
        } catch (IllegalArgumentException e) {
            throw settings.wrong(key + "." + name + ".strength", "a number from -100 to 100", String.valueOf(strength));
        }
    }

    private List<TextualInversion> embeddings() {
        List<TextualInversion> embeddings = new ArrayList<>();
        if (!settings.isMap(key)) {
            listed().forEach(file -> embeddings.add(new TextualInversion(file, Optional.empty())));
            return embeddings;
        }
        settings.map(key).forEach((word, value) -> {
            if (word.equals(OWN_WORD)) {
                List<?> files = value instanceof List<?> list ? list : List.of(String.valueOf(value));
                files.forEach(file -> embeddings.add(new TextualInversion(file(word, file), Optional.empty())));
            } else if (word.isBlank()) {
                throw settings.wrong(key, "files by a word that is not blank", word);
            } else {
                embeddings.add(new TextualInversion(file(word, value), Optional.of(word)));
            }
        });
        return embeddings;
    }

    private ModelSource file(String at, @Nullable Object value) {
        if (!(value instanceof String text) || text.isBlank()) {
            throw settings.wrong(key + "." + at, "a file or a name on the hub", String.valueOf(value));
        }
        return source(at, text);
    }

    /** What exists is a file; else it may be a name on the hub or an address. */
    private ModelSource source(String at, String text) {
        try {
            ModelSource source = ModelSource.parse(text);
            boolean elsewhere =
                    source.address().isPresent() || (source.hubName().isPresent() && !Files.exists(expanded(at, text)));
            return elsewhere ? source : ModelSource.of(expanded(at, text));
        } catch (IllegalArgumentException e) {
            throw settings.wrong(key + "." + at, "a file or a name on the hub", text);
        }
    }

    private Path expanded(String at, String path) {
        try {
            return UserFolders.expand(path);
        } catch (InvalidPathException e) {
            throw settings.wrong(key + "." + at, "the name of a file", path);
        }
    }

    /** The files of a list, and of the folders in it. */
    private List<Path> listed() {
        List<Path> files = new ArrayList<>();
        for (String each : settings.strings(key)) {
            Path path = expanded("", each);
            boolean isFolder = Files.isDirectory(path) && !isAdapterFolder(path);
            if (isFolder) {
                files.addAll(inFolder(path));
            } else if (Files.exists(path)) {
                files.add(path);
            } else {
                throw settings.wrong(key, "a folder or files that exist", each);
            }
        }
        return files;
    }

    private List<Path> inFolder(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> Files.isDirectory(entry) ? isAdapterFolder(entry) : rank(entry) >= 0)
                    .sorted(Comparator.comparing(AdapterFiles::name).thenComparing(AdapterFiles::rank))
                    .toList();
        } catch (IOException e) {
            throw new ConfigException(
                    String.valueOf(settings.wrong(key, "a folder that can be read", folder.toString())
                            .getMessage()),
                    e);
        }
    }

    private static boolean isAdapterFolder(Path folder) {
        return Files.exists(folder.resolve("adapter_config.json"));
    }

    /** A folder before files; −1 for what is no adapter's file. */
    private static int rank(Path file) {
        String name = String.valueOf(file.getFileName());
        for (int i = 0; i < ENDINGS.size(); i++) {
            if (name.endsWith(ENDINGS.get(i))) {
                return i;
            }
        }
        return -1;
    }

    /** A name that a request can write: commas and colons mean something there. */
    private static String name(Path file) {
        return Embedding.stem(file).replaceAll("[,:]", "_").strip();
    }
}
