package dev.triptych.config;

import dev.triptych.ImageGenerator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The named generators of a configuration, each made when it is first used. Thread-safe.
 *
 * <pre>{@code
 * try (GeneratorRegistry registry = GeneratorRegistry.load(Path.of("triptych.yaml"))) {
 *     ImageGenerator generator = registry.current();
 *     generator.generate("a red fox in the snow");
 *     registry.switchTo("offline");
 *     generator.generate("a red fox in the snow");
 * }
 * }</pre>
 *
 * <p>The registry owns what it hands out: closing a generator of it does nothing, closing the registry closes them all.
 */
public final class GeneratorRegistry implements AutoCloseable {

    private final TriptychConfig config;
    private final Map<String, GeneratorFactory> factories;
    private final GeneratorDecorator decorator;
    private final Map<String, SharedGenerator> guarded = new LinkedHashMap<>();
    private final Map<String, SharedGenerator> wrapped = new LinkedHashMap<>();
    private @Nullable CurrentGenerator current;
    private @Nullable String currentName;

    private GeneratorRegistry(Builder builder) {
        config = builder.config;
        factories = builder.factories;
        boolean none = config.isBuiltIn() && !factories.containsKey(TriptychConfig.BUILT_IN_TYPE);
        for (String name : none ? Set.<String>of() : config.generatorNames()) {
            check(name);
            guarded.put(name, new SharedGenerator(name, () -> makeGuarded(name)));
            wrapped.put(name, new SharedGenerator(name, () -> makeWrapped(name)));
        }
        decorator = builder.decorators.create(config);
    }

    /**
     * The generators of the configuration in {@code file}.
     *
     * @throws ConfigException if the configuration cannot be used; the message says where and why
     */
    public static GeneratorRegistry load(Path file) {
        return load(TriptychConfig.load(file));
    }

    /** The generators of {@code config}. */
    public static GeneratorRegistry load(TriptychConfig config) {
        return builder().config(config).build();
    }

    /** The generators without a configuration file: {@code offline} of type {@code local}. */
    public static GeneratorRegistry load() {
        return load(TriptychConfig.builtIn());
    }

    /** A registry with the factories and the decorator that are on the class path. */
    public static Builder builder() {
        return new Builder();
    }

    private void check(String name) {
        GeneratorSettings settings = config.unresolved(name);
        String path = "generators." + name + ".";
        List<SettingKey> keys = new ArrayList<>(ConfigSchema.generatorKeys());
        keys.addAll(factory(settings).keys());
        List<String> known = keys.stream().map(SettingKey::name).toList();
        settings.keys().forEach(key -> KnownKeys.check(path, key, known));
        keys.forEach(key -> config.refuseLiteral(name, key));
    }

    private GeneratorFactory factory(GeneratorSettings settings) {
        String type = settings.required("type");
        GeneratorFactory factory = factories.get(type);
        if (factory == null) {
            throw new ConfigException("generators." + settings.name() + ".type must be one of those on the class path ("
                    + (factories.isEmpty() ? "there is none" : String.join(", ", factories.keySet())) + ") but was \""
                    + type + "\"");
        }
        return factory;
    }

    private ImageGenerator makeGuarded(String name) {
        GeneratorSettings settings = config.generator(name);
        return decorator.guard(factory(settings).create(settings), settings);
    }

    private ImageGenerator makeWrapped(String name) {
        List<ImageGenerator> fallbacks = new ArrayList<>();
        config.fallback(name).forEach(other -> fallbacks.add(shared(guarded, other)));
        return decorator.wrap(shared(guarded, name), config.generator(name), List.copyOf(fallbacks));
    }

    private SharedGenerator shared(Map<String, SharedGenerator> generators, String name) {
        SharedGenerator found = generators.get(name);
        if (found == null) {
            requireSome();
            config.requireGenerator("generator", name);
            throw new IllegalStateException("generator " + name + " is configured and must be here but is not");
        }
        return found;
    }

    /** The names of the generators, in the configuration's order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(wrapped.keySet());
    }

    /** The configuration of these generators. */
    public TriptychConfig config() {
        return config;
    }

    /**
     * The generator {@code name}. It is made on first use, and that is when a missing key is found.
     *
     * @throws ConfigException if there is none of this name; the message names the nearest one
     */
    public ImageGenerator generator(String name) {
        return shared(wrapped, name);
    }

    /**
     * The generator that the configuration calls default, or the only one.
     *
     * @throws ConfigException if there are several and the configuration does not say which
     */
    public ImageGenerator defaultGenerator() {
        return generator(defaultName());
    }

    private void requireSome() {
        if (wrapped.isEmpty()) {
            throw new ConfigException("no generator is configured, and the built-in one needs a provider of type "
                    + TriptychConfig.BUILT_IN_TYPE + " on the class path but there is none");
        }
    }

    private String defaultName() {
        requireSome();
        return config.defaultName()
                .orElseThrow(() -> new ConfigException(
                        "default must name one of " + String.join(", ", names()) + " but was not set"));
    }

    /** A generator that always is the current one: the default at first, then what {@link #switchTo} said last. */
    public synchronized ImageGenerator current() {
        return currentGenerator();
    }

    /** The name of the current generator. */
    public synchronized String currentName() {
        return currentName == null ? defaultName() : currentName;
    }

    private CurrentGenerator currentGenerator() {
        if (current == null) {
            currentName = defaultName();
            current = new CurrentGenerator(shared(wrapped, currentName));
        }
        return current;
    }

    /**
     * Makes {@code name} the current generator. Calls in flight end where they began; the old generator closes when the
     * last of them has returned, unless the new one falls back to it.
     *
     * @throws ConfigException if there is none of this name or it cannot be made; the old one stays current then
     */
    public synchronized void switchTo(String name) {
        SharedGenerator next = shared(wrapped, name);
        next.info();
        String oldName = currentName;
        currentName = name;
        if (current == null || oldName == null) {
            current = new CurrentGenerator(next);
            return;
        }
        if (oldName.equals(name)) {
            return;
        }
        current.swap(next).retire();
        if (!config.fallback(name).contains(oldName)) {
            shared(guarded, oldName).retire();
        }
    }

    /**
     * Closes every generator; one that has calls in flight closes after the last. All are closed, also if one fails.
     */
    @Override
    public void close() {
        List<Runnable> steps = new ArrayList<>();
        wrapped.values().forEach(each -> steps.add(each::shut));
        guarded.values().forEach(each -> steps.add(each::shut));
        steps.add(decorator::close);
        RuntimeException first = null;
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public String toString() {
        return "GeneratorRegistry" + names();
    }

    /** Collects the parts of a registry. Not thread-safe. */
    public static final class Builder {
        private TriptychConfig config = TriptychConfig.builder().build();
        private final Map<String, GeneratorFactory> factories = new TreeMap<>();
        private GeneratorDecorator.Factory decorators = any -> GeneratorDecorator.none();

        private Builder() {
            ServiceLoader.load(GeneratorFactory.class).forEach(this::factory);
            ServiceLoader.load(GeneratorDecorator.Factory.class).findFirst().ifPresent(this::decorator);
        }

        /** The configuration; the built-in one by default. */
        public Builder config(TriptychConfig value) {
            config = value;
            return this;
        }

        /** A factory beside those on the class path; it replaces one of the same type. */
        public Builder factory(GeneratorFactory value) {
            factories.put(value.type(), value);
            return this;
        }

        /** What is put around every generator, in place of what the class path brings. */
        public Builder decorator(GeneratorDecorator.Factory value) {
            decorators = value;
            return this;
        }

        /**
         * The registry.
         *
         * @throws ConfigException if a type or a key is unknown, or a secret is written out
         */
        public GeneratorRegistry build() {
            return new GeneratorRegistry(this);
        }
    }
}
