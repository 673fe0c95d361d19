package dev.triptych.server.jobs;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.server.http.HttpFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The generators that jobs may name. Thread-safe; the registry stays its owner's. */
public final class Generators {

    private final List<String> names;
    private final String standard;
    private final Function<String, ImageGenerator> byName;

    private Generators(List<String> names, String standard, Function<String, ImageGenerator> byName) {
        this.names = List.copyOf(names);
        this.standard = standard;
        this.byName = byName;
    }

    /** The generators of {@code registry}; where it names no default, the first is taken. */
    public static Generators of(GeneratorRegistry registry) {
        List<String> names = new ArrayList<>(registry.names());
        return new Generators(names, registry.config().defaultName().orElse(names.get(0)), registry::generator);
    }

    /** These generators, by name; {@code standard} is the default. */
    public static Generators of(Map<String, ? extends ImageGenerator> generators, String standard) {
        return new Generators(List.copyOf(generators.keySet()), standard, name -> {
            ImageGenerator found = generators.get(name);
            if (found == null) {
                throw new ConfigException("there is no generator \"" + name + "\"");
            }
            return found;
        });
    }

    /** Their names, in the configuration's order. */
    public List<String> names() {
        return names;
    }

    /** The name of the one taken where none is asked for. */
    public String standard() {
        return standard;
    }

    /**
     * Checks that there is a generator {@code name}.
     *
     * @throws HttpFailure 404 that lists those there are
     */
    public String require(String name) {
        if (!names.contains(name)) {
            throw new HttpFailure(
                    404,
                    "generator_not_found",
                    "generator must be one of " + String.join(", ", names) + " but was another",
                    "generator");
        }
        return name;
    }

    /**
     * The generator {@code name}.
     *
     * @throws ConfigException if there is none, or its settings cannot be used
     */
    public ImageGenerator get(String name) {
        return byName.apply(name);
    }

    /** What can be said of a generator without using it. */
    public record Facts(GeneratorInfo info, Capabilities capabilities) {
        /** Whether it never costs anything. */
        public boolean isFree() {
            return capabilities.costClass() == CostClass.FREE;
        }
    }

    /** What can be said of {@code name}; empty where even that needs something that is missing, such as a key. */
    public Optional<Facts> facts(String name) {
        try {
            ImageGenerator generator = get(name);
            return Optional.of(new Facts(generator.info(), generator.capabilities()));
        } catch (ConfigException | ImageGenerationException missing) {
            return Optional.empty();
        }
    }

    /** Why {@link #facts} has nothing to say of {@code name}, in one sentence; empty where it has. */
    public Optional<String> problem(String name) {
        try {
            ImageGenerator generator = get(name);
            generator.info();
            generator.capabilities();
            return Optional.empty();
        } catch (ConfigException | ImageGenerationException missing) {
            return Optional.ofNullable(missing.getMessage());
        }
    }

    /** Whether {@code name} is known never to cost anything. */
    public boolean isFree(String name) {
        return facts(name).map(Facts::isFree).orElse(false);
    }

    /** How many jobs of {@code name} run at once: one where this machine paints, four where another does. */
    int width(String name) {
        return facts(name).map(facts -> facts.info().local()).orElse(false) ? 1 : 4;
    }
}
