package dev.triptych.examples.sparkbatch;

import dev.triptych.CostClass;
import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The generators of an executor: one registry for all of its tasks, made when the first of them needs it and closed
 * with the JVM. A local generator's own queue lets the tasks take turns.
 */
final class Engine {

    private static final Map<String, GeneratorRegistry> REGISTRIES = new ConcurrentHashMap<>();

    private final GeneratorRegistry registry;
    private final String name;

    private Engine(GeneratorRegistry registry, String name) {
        this.registry = registry;
        this.name = name;
    }

    /** The generator {@code name} of the configuration {@code yaml}, or its default. */
    static Engine of(String yaml, Optional<String> name) {
        GeneratorRegistry registry = REGISTRIES.computeIfAbsent(yaml, Engine::open);
        return new Engine(registry, name.orElseGet(registry::currentName));
    }

    private static GeneratorRegistry open(String yaml) {
        GeneratorRegistry registry = GeneratorRegistry.load(
                TriptychConfig.builder().yaml(yaml).environment(System.getenv()).build());
        Runtime.getRuntime().addShutdownHook(new Thread(registry::close, "triptych-close"));
        return registry;
    }

    String name() {
        return name;
    }

    ImageGenerator generator() {
        return registry.generator(name);
    }

    /** Whether it, or one that it falls back to, may be billed. */
    boolean mayBeBilled() {
        return Stream.concat(Stream.of(name), registry.config().fallback(name).stream())
                .anyMatch(each -> registry.generator(each).capabilities().costClass() == CostClass.BILLED);
    }
}
