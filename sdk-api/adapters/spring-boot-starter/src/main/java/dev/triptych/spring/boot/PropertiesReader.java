package dev.triptych.spring.boot;

import dev.triptych.config.ConfigException;
import dev.triptych.config.ConfigSchema;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.SettingKey;
import dev.triptych.config.TriptychConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;

/** Makes a configuration of an application's properties. */
final class PropertiesReader {

    private static final String OURS = "TRIPTYCH_";
    private static final Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)+");

    private final TriptychProperties properties;
    private final ResourceLoader resources;
    private final Map<String, String> environment;

    PropertiesReader(TriptychProperties properties, ResourceLoader resources, Map<String, String> environment) {
        this.properties = properties;
        this.resources = resources;
        this.environment = environment;
    }

    /**
     * The configuration.
     *
     * @param factories the types of generators there are
     * @throws ConfigException if it cannot be used
     */
    TriptychConfig read(Collection<GeneratorFactory> factories) {
        TriptychConfig.Builder config = TriptychConfig.builder();
        if (properties.config() != null) {
            readFile(config, properties.config());
        } else {
            readInline(config, factories);
        }
        if (properties.defaultGenerator() != null) {
            config.defaultGenerator(properties.defaultGenerator());
        }
        return config.build();
    }

    private void readFile(TriptychConfig.Builder config, String place) {
        inlineSections().forEach((name, settings) -> {
            if (!settings.isEmpty()) {
                throw new ConfigException("triptych.config and triptych." + name
                        + " must not both be set: the file says all, or the properties do");
            }
        });
        config.environment(environment);
        Optional<Path> file = file(place);
        if (file.isPresent()) {
            config.file(file.get());
        } else {
            config.yaml(text(place));
        }
    }

    private Optional<Path> file(String place) {
        if (!place.contains(":") || place.matches("[A-Za-z]:[/\\\\].*")) {
            return Optional.of(Path.of(place));
        }
        try {
            Resource resource = resources.getResource(place);
            return resource instanceof FileSystemResource || resource.isFile()
                    ? Optional.of(resource.getFile().toPath())
                    : Optional.empty();
        } catch (IOException e) {
            throw unreadable(place, e);
        }
    }

    private String text(String place) {
        try {
            return resources.getResource(place).getContentAsString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw unreadable(place, e);
        }
    }

    private static ConfigException unreadable(String place, IOException e) {
        return new ConfigException(
                "triptych.config must be a file or resource that can be read but \"" + place + "\" is not", e);
    }

    /** Spring has laid the environment over the properties already; references still look things up there. */
    private void readInline(TriptychConfig.Builder config, Collection<GeneratorFactory> factories) {
        if (properties.reload() != null) {
            throw new ConfigException("triptych.reload needs triptych.config but only properties are set");
        }
        Map<String, String> variables = new LinkedHashMap<>(environment);
        variables.keySet().removeIf(name -> name.startsWith(OURS));
        config.environment(variables);
        properties.generators().forEach((name, settings) -> readGenerator(config, factories, name, settings));
        ConfigSchema.sections().forEach(section -> readSection(config, section));
    }

    private void readSection(TriptychConfig.Builder config, ConfigSchema.Section section) {
        Map<String, Object> tree =
                SpringTree.of(inlineSections().getOrDefault(section.name(), Map.of()), section.keys());
        refuseNames(section.name(), section.keys(), tree);
        tree.forEach((key, value) -> config.setSection(section.name(), key, value));
    }

    private void readGenerator(
            TriptychConfig.Builder config,
            Collection<GeneratorFactory> factories,
            String name,
            Map<String, Object> settings) {
        List<SettingKey> keys = new ArrayList<>(ConfigSchema.generatorKeys());
        factories.stream()
                .filter(factory -> factory.type().equals(settings.get("type")))
                .forEach(factory -> keys.addAll(factory.keys()));
        Map<String, Object> tree = SpringTree.of(settings, keys);
        refuseNames("generators." + name, keys, tree);
        tree.forEach((key, value) -> config.set(name, key, value));
    }

    /** Spring reads <code>${env:NAME}</code> as a property {@code env} whose default is the text {@code NAME}. */
    private static void refuseNames(String path, List<SettingKey> keys, Map<String, Object> tree) {
        keys.stream().filter(SettingKey::secret).forEach(key -> refuseName(path, key, tree.get(key.name())));
    }

    private static void refuseName(String path, SettingKey key, @Nullable Object value) {
        if (value instanceof String text && VARIABLE.matcher(text).matches()) {
            throw new ConfigException("triptych." + path + "." + key.name()
                    + " must be the secret itself but is " + text + ", which looks like a variable's name;"
                    + " in Spring's properties write ${" + text + "}, without env:");
        }
    }

    private Map<String, Map<String, Object>> inlineSections() {
        Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
        sections.put("generators", Map.copyOf(properties.generators()));
        sections.put("cache", properties.cache());
        sections.put("budget", properties.budget());
        sections.put("resilience", properties.resilience());
        sections.put("shared", properties.shared());
        sections.put("journal", properties.journal());
        sections.put("store", properties.store());
        return sections;
    }
}
