package dev.triptych.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code triptych.yaml} says, with the layers laid over each other: the built-in default, then the file, then
 * environment variables ({@code TRIPTYCH_GENERATORS_STUDIO_MODEL}), then what the program sets. Immutable.
 *
 * <pre>{@code
 * default: studio
 * generators:
 *   studio:  { type: openai, model: gpt-image-2.6-flare, api-key: "${env:OPENAI_API_KEY}", fallback: [offline] }
 *   offline: { type: local, model: bundled }
 * cache: { directory: ~/.cache/triptych, memory: 256MiB }
 * }</pre>
 *
 * <p>Where no layer names a generator there is one, {@code offline}, of type {@code local}; a generator of that name
 * without settings is of that type too. A secret stands in the file only by reference: <code>${env:NAME}</code> or
 * <code>${file:PATH}</code>; any other value may have a default, <code>${env:NAME:-default}</code>; it is looked up
 * when its generator is first used, so that a missing key stops nobody else.
 */
public final class TriptychConfig {

    /** The usual name of the file. */
    public static final String FILE_NAME = "triptych.yaml";

    /** The name of the generator that is there without any configuration. */
    public static final String BUILT_IN_NAME = "offline";

    static final String BUILT_IN_TYPE = "local";
    static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private final @Nullable Path path;
    private final Map<String, Object> file;
    private final Map<List<String>, Object> program;
    private final Map<String, Object> tree;
    private final References references;
    private final boolean builtIn;

    private TriptychConfig(Builder builder) {
        path = builder.path;
        file = builder.file;
        program = new LinkedHashMap<>(builder.program);
        Map<String, Object> layered =
                ConfigTree.merge(file, EnvironmentLayer.of(builder.environment, knownNames(builder)));
        builder.program.forEach((path, value) -> ConfigTree.put(layered, path, value));
        layered.keySet().forEach(key -> KnownKeys.check("", key, topLevelKeys()));
        layered.computeIfPresent("cache", (key, value) -> withoutOff(value));
        builtIn = namedGenerators(file).isEmpty() && isBuiltIn(namedGenerators(layered));
        if (builtIn || Map.of().equals(namedGenerators(layered).get(BUILT_IN_NAME))) {
            ConfigTree.put(layered, List.of(ConfigSchema.GENERATORS, BUILT_IN_NAME, "type"), BUILT_IN_TYPE);
        }
        tree = layered;
        references = new References(Map.copyOf(builder.environment), builder.directory);
        check();
    }

    /** The configuration in {@code file}, with the environment variables of this process over it. */
    public static TriptychConfig load(Path file) {
        return builder().file(file).environment(System.getenv()).build();
    }

    /** The configuration without a file, with the environment variables of this process. */
    public static TriptychConfig builtIn() {
        return builder().environment(System.getenv()).build();
    }

    /**
     * The text of {@code path}.
     *
     * @throws ConfigException if the file is missing or cannot be read
     */
    static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new ConfigException("configuration file does not exist: " + path, e);
        } catch (IOException e) {
            throw new ConfigException("configuration file must be UTF-8 text that can be read but is not: " + path, e);
        }
    }

    /** A configuration with no layers yet. */
    public static Builder builder() {
        return new Builder();
    }

    private static Set<String> knownNames(Builder builder) {
        Set<String> names = new LinkedHashSet<>(namedGenerators(builder.file).keySet());
        builder.program.keySet().stream()
                .filter(path -> path.size() > 1 && path.get(0).equals(ConfigSchema.GENERATORS))
                .forEach(path -> names.add(path.get(1)));
        if (names.isEmpty()) {
            names.add(BUILT_IN_NAME);
        }
        return names;
    }

    private static Map<String, Object> namedGenerators(Map<String, Object> tree) {
        Object generators = tree.get(ConfigSchema.GENERATORS);
        return generators == null ? Map.of() : YamlTree.asMap(generators, ConfigSchema.GENERATORS);
    }

    private static boolean isBuiltIn(Map<String, Object> generators) {
        return generators.isEmpty()
                || (generators.keySet().equals(Set.of(BUILT_IN_NAME))
                        && generators.get(BUILT_IN_NAME) instanceof Map<?, ?> settings
                        && !settings.containsKey("type"));
    }

    /** {@code cache: off} says the same as {@code cache: {policy: off}}. */
    private static Object withoutOff(Object cache) {
        return cache instanceof String text && ChainSection.meansOff(text)
                ? new LinkedHashMap<>(Map.of("policy", "off"))
                : cache;
    }

    private static List<String> topLevelKeys() {
        List<String> keys = new ArrayList<>(List.of(ConfigSchema.DEFAULT, ConfigSchema.GENERATORS));
        ConfigSchema.sections().forEach(section -> keys.add(section.name()));
        return keys;
    }

    private void check() {
        namedGenerators(tree).forEach((name, settings) -> {
            if (!NAME.matcher(name).matches()) {
                throw new ConfigException(
                        "generators must have names of letters, digits, '.', '_' and '-' but one is \"" + name + "\"");
            }
            if (!YamlTree.asMap(settings, "generators." + name).containsKey("type")) {
                throw new ConfigException("generators." + name + ".type must be set but was not");
            }
        });
        defaultName().ifPresent(name -> requireGenerator(ConfigSchema.DEFAULT, name));
        generatorNames().forEach(name -> fallback(name).forEach(other -> checkFallback(name, other)));
        ConfigSchema.sections().forEach(this::checkSection);
    }

    private void checkFallback(String name, String other) {
        String path = "generators." + name + ".fallback";
        requireGenerator(path, other);
        if (other.equals(name)) {
            throw new ConfigException(path + " must name other generators but names " + name + " itself");
        }
    }

    private void checkSection(ConfigSchema.Section section) {
        Object value = tree.get(section.name());
        if (value == null) {
            return;
        }
        List<String> known = section.keys().stream().map(SettingKey::name).toList();
        Map<String, Object> settings = YamlTree.asMap(value, section.name());
        if (!known.isEmpty()) {
            settings.keySet().forEach(key -> KnownKeys.check(section.name() + ".", key, known));
        }
        Object written = file.get(section.name());
        section.keys().forEach(key -> refuseLiteral(section.name(), key, written));
    }

    /** Checks that {@code name}, which {@code path} gives, is the name of a generator. */
    void requireGenerator(String path, String name) {
        if (!generatorNames().contains(name)) {
            throw new ConfigException(path + " must name a generator but was \"" + name + "\""
                    + KnownKeys.nearest(name, generatorNames()) + "; known are "
                    + String.join(", ", generatorNames()));
        }
    }

    /** The generator taken where none is asked for: {@code default}, or the only one; empty where that is open. */
    public Optional<String> defaultName() {
        Object given = tree.get(ConfigSchema.DEFAULT);
        if (given != null) {
            return Optional.of(given.toString());
        }
        Set<String> names = generatorNames();
        return names.size() == 1 ? Optional.of(names.iterator().next()) : Optional.empty();
    }

    /** The names of the generators, in the file's order. */
    public Set<String> generatorNames() {
        return Collections.unmodifiableSet(namedGenerators(tree).keySet());
    }

    /** The generators to try in order where {@code name} cannot serve. */
    public List<String> fallback(String name) {
        return unresolved(name).strings("fallback");
    }

    /**
     * The type of the generator {@code name}, such as {@code "local"}. Nothing else of it is looked up.
     *
     * @throws ConfigException if there is no such generator
     */
    public String type(String name) {
        requireGenerator("generator", name);
        GeneratorSettings settings = unresolved(name);
        return String.valueOf(references.resolve(settings.path("type"), settings.required("type")));
    }

    /**
     * The settings of the generator {@code name}, every reference looked up.
     *
     * @throws ConfigException if there is no such generator, or a variable or file that it refers to is missing
     */
    public GeneratorSettings generator(String name) {
        requireGenerator("generator", name);
        return GeneratorSettings.of(name, resolved("generators." + name, generatorMap(name)));
    }

    /**
     * The top-level section {@code name}, every reference looked up; empty settings where it was not given.
     *
     * @throws ConfigException if no such section exists, or a variable or file that it refers to is missing
     */
    public GeneratorSettings section(String name) {
        KnownKeys.check("", name, topLevelKeys());
        Object section = tree.get(name);
        Map<String, Object> values = section == null ? Map.of() : YamlTree.asMap(section, name);
        return GeneratorSettings.ofSection(name, resolved(name, values));
    }

    /** Whether no layer named a generator, so that there is only the built-in one. */
    public boolean isBuiltIn() {
        return builtIn;
    }

    /** The file that was read; empty where there was none. */
    Optional<Path> path() {
        return Optional.ofNullable(path);
    }

    /** This configuration with {@code text} in place of the file's; the other layers lie over it as before. */
    TriptychConfig withFileText(String text) {
        Builder builder = new Builder();
        builder.path = path;
        builder.directory = references.directory();
        builder.file = YamlTree.parse(text, path == null ? FILE_NAME : path.toString());
        builder.environment = references.environment();
        builder.program.putAll(program);
        return builder.build();
    }

    /** Whether every section is written here as it is in {@code other}. */
    boolean hasSectionsOf(TriptychConfig other) {
        return ConfigSchema.sections().stream()
                .map(ConfigSchema.Section::name)
                .allMatch(name -> Objects.equals(tree.get(name), other.tree.get(name)));
    }

    /** Whether the settings of {@code name} are written here as they are in {@code other}. */
    boolean hasGeneratorOf(TriptychConfig other, String name) {
        return generatorMap(name).equals(other.generatorMap(name));
    }

    /** The settings of {@code name} as they were written, references and all. */
    GeneratorSettings unresolved(String name) {
        return GeneratorSettings.of(name, generatorMap(name));
    }

    /**
     * Checks that the file does not write out {@code key} of the generator {@code name}, if it is a secret. The
     * environment and the program may, since they are where secrets come from.
     */
    void refuseLiteral(String name, SettingKey key) {
        refuseLiteral("generators." + name, key, namedGenerators(file).get(name));
    }

    private static void refuseLiteral(String path, SettingKey key, @Nullable Object settings) {
        Object value = settings instanceof Map<?, ?> map ? map.get(key.name()) : null;
        boolean reference = value instanceof String text && References.isReference(text);
        if (key.secret() && value != null && !reference) {
            throw new ConfigException(path + "." + key.name() + " must be a reference such as ${env:NAME} or"
                    + " ${file:PATH} but was written out; it is a secret, so it is not shown here");
        }
    }

    private Map<String, Object> generatorMap(String name) {
        Object settings = namedGenerators(tree).get(name);
        return settings == null ? Map.of() : YamlTree.asMap(settings, "generators." + name);
    }

    private Map<String, Object> resolved(String path, Map<String, Object> values) {
        return YamlTree.asMap(references.resolve(path, values), path);
    }

    /** The names of the generators; no value, since any may be a secret. */
    @Override
    public String toString() {
        return "TriptychConfig[generators=" + generatorNames() + "]";
    }

    /** Collects the layers. Not thread-safe. */
    public static final class Builder {
        private @Nullable Path path;
        private Map<String, Object> file = Map.of();
        private Path directory = Path.of("");
        private Map<String, String> environment = Map.of();
        private final Map<List<String>, Object> program = new LinkedHashMap<>();

        private Builder() {}

        /**
         * The file's layer.
         *
         * @throws ConfigException if the file is missing or no YAML; the message says line and column
         */
        public Builder file(Path value) {
            Path parent = value.toAbsolutePath().getParent();
            directory = parent == null ? Path.of("") : parent;
            file = YamlTree.parse(read(value), value.toString());
            path = value;
            return this;
        }

        /** The file's layer, given as text. */
        public Builder yaml(String text) {
            file = YamlTree.parse(text, FILE_NAME);
            path = null;
            return this;
        }

        /** The environment variables, for their layer and for references to them; none by default. */
        public Builder environment(Map<String, String> variables) {
            environment = variables;
            return this;
        }

        /** Sets {@code generators.NAME.KEY} over every other layer. */
        public Builder set(String name, String key, Object value) {
            program.put(List.of(ConfigSchema.GENERATORS, name, key), value);
            return this;
        }

        /** Sets a key of a section over every other layer. */
        public Builder setSection(String section, String key, Object value) {
            program.put(List.of(section, key), value);
            return this;
        }

        /** Sets the default generator over every other layer; null takes that back. */
        public Builder defaultGenerator(@Nullable String name) {
            if (name == null) {
                program.remove(List.of(ConfigSchema.DEFAULT));
            } else {
                program.put(List.of(ConfigSchema.DEFAULT), name);
            }
            return this;
        }

        /**
         * The configuration.
         *
         * @throws ConfigException if a key is unknown, naming the nearest one, or a name refers to nothing
         */
        public TriptychConfig build() {
            return new TriptychConfig(this);
        }
    }
}
