package dev.triptych.diffusion;

import dev.triptych.config.GeneratorSettings;
import dev.triptych.storage.UserFolders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The key of {@code triptych.yaml} that names IP-Adapters: each a file, or a file and the folder of its encoder. */
final class IpAdapterFiles {

    private static final String FILE = "file";
    private static final String ENCODER = "encoder";

    private final GeneratorSettings settings;
    private final String key;

    private IpAdapterFiles(GeneratorSettings settings, String key) {
        this.settings = settings;
        this.key = key;
    }

    /**
     * {@code local} with the IP-Adapters that {@code settings} name under {@code key}.
     *
     * @throws dev.triptych.config.ConfigException if a value cannot be used
     */
    static LocalSettings added(LocalSettings local, GeneratorSettings settings, String key) {
        IpAdapterFiles files = new IpAdapterFiles(settings, key);
        LocalSettings all = local;
        for (Map.Entry<String, Object> entry : settings.map(key).entrySet()) {
            IpAdapterFile adapter = files.adapter(entry.getKey(), entry.getValue());
            try {
                all = all.withIpAdapter(entry.getKey(), adapter);
            } catch (IllegalArgumentException e) {
                throw settings.wrong(
                        key, "IP-Adapters by names without commas, colons and spaces around", entry.getKey());
            }
        }
        return all;
    }

    private IpAdapterFile adapter(String name, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return new IpAdapterFile(source(name, value), Optional.empty());
        }
        map.keySet().stream()
                .filter(each -> !List.of(FILE, ENCODER).contains(each))
                .findFirst()
                .ifPresent(unknown -> {
                    throw settings.wrong(key + "." + name, "file and encoder", String.valueOf(unknown));
                });
        Optional<ModelSource> encoder =
                Optional.ofNullable(map.get(ENCODER)).map(folder -> source(name + "." + ENCODER, folder));
        return new IpAdapterFile(source(name + "." + FILE, map.get(FILE)), encoder);
    }

    /** What exists is a file; else it may be a name on the hub or an address. */
    private ModelSource source(String at, @Nullable Object value) {
        if (!(value instanceof String text) || text.isBlank()) {
            throw settings.wrong(key + "." + at, "a path or a name on the hub", String.valueOf(value));
        }
        try {
            Path path = UserFolders.expand(text);
            ModelSource source = ModelSource.parse(text);
            boolean elsewhere =
                    source.address().isPresent() || (source.hubName().isPresent() && !Files.exists(path));
            return elsewhere ? source : ModelSource.of(path);
        } catch (IllegalArgumentException e) { // also of what cannot be a path
            throw settings.wrong(key + "." + at, "a path or a name on the hub", text);
        }
    }
}
