package dev.triptych.config;

import dev.triptych.ImageGenerator;
import dev.triptych.cache.CachePolicy;
import dev.triptych.resilience.GeneratorChain;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.Surroundings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The generators of one configuration. A reload makes new ones, which take over the generators that come out the same;
 * the others are dropped with the old ones. Immutable; each generator is made when it is first used.
 */
final class ConfiguredGenerators {

    private static final System.Logger LOG = System.getLogger(ConfiguredGenerators.class.getName());

    private final TriptychConfig config;
    private final Map<String, GeneratorFactory> factories;
    private final PromptRewriters rewriters;
    private final StandardSettings settings;
    private final GeneratorChain chain;
    private final Map<String, SharedGenerator> guarded = new LinkedHashMap<>();
    private final Map<String, SharedGenerator> wrapped = new LinkedHashMap<>();

    /**
     * The generators of {@code config}, in place of those of {@code old}, which stays as it is.
     *
     * @throws ConfigException if {@code config} cannot be used
     */
    ConfiguredGenerators(
            TriptychConfig config,
            Map<String, GeneratorFactory> factories,
            PromptRewriters rewriters,
            @Nullable ConfiguredGenerators old) {
        this.config = config;
        this.factories = factories;
        this.rewriters = rewriters;
        boolean none = config.isBuiltIn() && !factories.containsKey(TriptychConfig.BUILT_IN_TYPE);
        Set<String> names = none ? Set.of() : config.generatorNames();
        names.forEach(this::check);
        settings = ChainConfig.read(config);
        ConfiguredGenerators kept = old != null && old.config.hasSectionsOf(config) ? old : null;
        chain = kept == null ? ChainSection.checked("", () -> settings.chain(Surroundings.real())) : kept.chain;
        names.forEach(name -> guarded.put(name, guardedIn(kept, name)));
        names.forEach(name -> wrapped.put(name, wrappedIn(kept, name)));
    }

    private void check(String name) {
        GeneratorSettings settings = config.unresolved(name);
        String path = "generators." + name + ".";
        List<SettingKey> keys = new ArrayList<>(ConfigSchema.generatorKeys());
        GeneratorFactory factory = factory(name);
        if (!(factory instanceof MissingProvider)) {
            keys.addAll(factory.keys());
            List<String> known = keys.stream().map(SettingKey::name).toList();
            settings.keys().forEach(key -> KnownKeys.check(path, key, known));
        }
        keys.forEach(key -> config.refuseLiteral(name, key));
        SettingCheck.check(settings, keys);
        if (!settings.string(PromptRewriters.KEY).orElse("").contains("${")) {
            rewriters.of(settings);
        }
        GuardConfig.checkKeys(new ChainSection("generators." + name, settings));
    }

    private GeneratorFactory factory(String name) {
        GeneratorSettings settings = config.unresolved(name);
        String type = settings.required("type");
        return Optional.ofNullable(factories.get(type))
                .or(() -> MissingProvider.of(type, settings))
                .orElseThrow(() -> new ConfigException("generators." + name
                        + ".type must be one of those on the class path ("
                        + (factories.isEmpty() ? "there is none" : String.join(", ", factories.keySet()))
                        + ") but was \"" + type + "\""));
    }

    private SharedGenerator guardedIn(@Nullable ConfiguredGenerators kept, String name) {
        SharedGenerator same = kept == null ? null : kept.guarded.get(name);
        return kept != null && same != null && kept.config.hasGeneratorOf(config, name)
                ? same
                : newGuarded(name, config, factory(name), settings, chain);
    }

    private SharedGenerator wrappedIn(@Nullable ConfiguredGenerators kept, String name) {
        SharedGenerator same = kept == null ? null : kept.wrapped.get(name);
        return kept != null && same != null && kept.parts(name).equals(parts(name))
                ? same
                : newWrapped(name, config, factory(name), settings, rewriters, chain, parts(name));
    }

    /** The guarded generators that {@code name} is made of: its own, then its fallbacks. */
    private List<SharedGenerator> parts(String name) {
        List<SharedGenerator> parts = new ArrayList<>(List.of(guarded(name)));
        config.fallback(name).forEach(other -> parts.add(guarded(other)));
        return parts;
    }

    // Static, since what is taken over must not hold on to the fleet that it was made for.

    private static SharedGenerator newGuarded(
            String name,
            TriptychConfig config,
            GeneratorFactory factory,
            StandardSettings settings,
            GeneratorChain chain) {
        return new SharedGenerator(name, () -> {
            GeneratorSettings own = settings(name, config, factory);
            SettingCheck.check(own, factory.keys());
            ChainSection section = new ChainSection("generators." + name, own);
            GuardSettings remote = GuardConfig.read(section, settings.guard());
            GuardSettings local = GuardConfig.read(section, settings.localGuard());
            GuardConfig.requireShared(section.path() + ".", remote, settings);
            return chain.guard(factory.create(own), remote, local);
        });
    }

    private static SharedGenerator newWrapped(
            String name,
            TriptychConfig config,
            GeneratorFactory factory,
            StandardSettings settings,
            PromptRewriters rewriters,
            GeneratorChain chain,
            List<SharedGenerator> parts) {
        List<String> secrets = factory.keys().stream()
                .filter(SettingKey::secret)
                .map(SettingKey::name)
                .toList();
        return new SharedGenerator(name, () -> {
            GeneratorSettings own =
                    settingsOfChain(name, config, factory, parts).withSecrets(secrets);
            ChainSection section = new ChainSection("generators." + name, own);
            ImageGenerator made = chain.around(
                    candidates(config, parts),
                    rewriters.of(own),
                    section.word("cache", CachePolicy.class)
                            .orElse(settings.cache().policy()),
                    own.ofPictures(),
                    GuardConfig.fallback(section, settings.fallback()),
                    () -> parts.forEach(SharedGenerator::letGo));
            parts.forEach(SharedGenerator::hold);
            return made;
        });
    }

    /** With others to fall back to, a generator that cannot be made is one that could not serve. */
    private static List<? extends ImageGenerator> candidates(TriptychConfig config, List<SharedGenerator> parts) {
        return parts.size() == 1
                ? parts
                : parts.stream()
                        .map(part -> new ChainCandidate(part, config.type(part.name())))
                        .toList();
    }

    /** What {@code name} says of the chain; as it is written where a reference of its own leads nowhere. */
    private static GeneratorSettings settingsOfChain(
            String name, TriptychConfig config, GeneratorFactory factory, List<SharedGenerator> parts) {
        try {
            return settings(name, config, factory);
        } catch (ConfigException e) {
            if (parts.size() == 1) {
                throw e;
            }
            return config.unresolved(name);
        }
    }

    /** No reference is looked up for a generator that cannot be made anyway. */
    private static GeneratorSettings settings(String name, TriptychConfig config, GeneratorFactory factory) {
        return factory instanceof MissingProvider ? config.unresolved(name) : config.generator(name);
    }

    TriptychConfig config() {
        return config;
    }

    /** The names of the generators, in the configuration's order. */
    Set<String> names() {
        return Collections.unmodifiableSet(wrapped.keySet());
    }

    /** The provider of {@code name}, guarded. */
    SharedGenerator guarded(String name) {
        return named(name, guarded);
    }

    /** What callers of {@code name} get: its provider and its fallbacks, wrapped. */
    SharedGenerator wrapped(String name) {
        return named(name, wrapped);
    }

    private SharedGenerator named(String name, Map<String, SharedGenerator> generators) {
        SharedGenerator found = generators.get(name);
        if (found == null) {
            throw missing(name);
        }
        return found;
    }

    /** What callers of {@code name} get; where there is none of this name, one that says so when it is used. */
    SharedGenerator wrappedOrMissing(String name) {
        SharedGenerator found = wrapped.get(name);
        return found != null
                ? found
                : new SharedGenerator(name, () -> {
                    throw missing(name);
                });
    }

    private RuntimeException missing(String name) {
        requireSome();
        config.requireGenerator("generator", name);
        return new IllegalStateException("generator " + name + " is configured and must be here but is not");
    }

    private void requireSome() {
        if (wrapped.isEmpty()) {
            throw new ConfigException("no generator is configured, and the built-in one needs a provider of type "
                    + TriptychConfig.BUILT_IN_TYPE + " on the class path but there is none");
        }
    }

    /**
     * The name of the generator that the configuration calls default, or of the only one.
     *
     * @throws ConfigException if there are several and the configuration does not say which
     */
    String defaultName() {
        requireSome();
        return config.defaultName()
                .orElseThrow(() -> new ConfigException(
                        "default must name one of " + String.join(", ", names()) + " but was not set"));
    }

    /** Retires {@code name}, which is current no more; its provider stays where {@code current} falls back to it. */
    void rest(String name, String current) {
        if (wrapped.containsKey(name)) {
            wrapped(name).rest();
            if (!config.fallback(current).contains(name)) {
                guarded(name).rest();
            }
        }
    }

    /**
     * Lets go of all that {@code next} did not take over. Calls in flight end first, and no error comes out.
     *
     * @return what was let go of
     */
    List<SharedGenerator> dropAllBut(ConfiguredGenerators next) {
        List<SharedGenerator> dropped = new ArrayList<>();
        wrapped.values().stream()
                .filter(each -> !next.wrapped.containsValue(each))
                .forEach(dropped::add);
        guarded.values().stream()
                .filter(each -> !next.guarded.containsValue(each))
                .forEach(dropped::add);
        dropped.forEach(SharedGenerator::drop);
        if (chain != next.chain) {
            try {
                chain.close();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "what the generators before the reload shared did not close", e);
            }
        }
        return dropped;
    }

    /** Every generator. */
    List<SharedGenerator> all() {
        List<SharedGenerator> all = new ArrayList<>(wrapped.values());
        all.addAll(guarded.values());
        return all;
    }

    /** Closes what the generators share, after the last of them. */
    void closeChain() {
        chain.close();
    }

    @Override
    public String toString() {
        return "ConfiguredGenerators" + names();
    }
}
