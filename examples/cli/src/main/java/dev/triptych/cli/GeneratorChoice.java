package dev.triptych.cli;

import dev.triptych.Provenance;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.storage.UserFolders;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say who paints: a name in {@code triptych.yaml}, or a checkpoint for the local engine. */
final class GeneratorChoice {

    private static final String LOCAL = "local";
    private static final String BUNDLED = "bundled";

    @Option(
            names = "--generator",
            paramLabel = "NAME",
            description = "A generator of the configuration. Default: its default, or the local engine.")
    private @Nullable String generator;

    @Option(
            names = "--model",
            paramLabel = "bundled|DIR",
            description = "For the local engine: the bundled checkpoint or a Hugging Face diffusers directory.")
    private @Nullable String model;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    GeneratorChoice() {}

    /** The generator that was asked for. */
    ChosenGenerator open() {
        TriptychConfig.Builder configuration = config.builder();
        String name = generator;
        if (model != null && name == null) {
            name = LOCAL;
            configuration.set(name, "type", LOCAL);
        }
        if (model != null && name != null) {
            configuration.set(name, "model", expanded(model));
        }
        GeneratorRegistry registry = GeneratorRegistry.load(configuration.build());
        return new ChosenGenerator(name == null ? registry.defaultGenerator() : registry.generator(name), registry);
    }

    /**
     * The generator that made a picture, under the name it had then, so that the picture's metadata is the same too.
     */
    ChosenGenerator openFor(Provenance provenance) {
        String name = provenance.generator();
        if (!provenance.provider().equals(LOCAL)
                || (model == null && !provenance.model().equals(BUNDLED))) {
            GeneratorRegistry registry = GeneratorRegistry.load(config.load());
            if (!registry.names().contains(name)) {
                registry.close();
                throw new CommandFailure("picture was made by " + name + " with model " + provenance.model()
                        + ", which is not at hand; give --model DIR, or --config with a generator of that name");
            }
            return new ChosenGenerator(registry.generator(name), registry);
        }
        GeneratorRegistry registry = GeneratorRegistry.load(TriptychConfig.builder()
                .set(name, "type", LOCAL)
                .set(name, "model", model == null ? BUNDLED : expanded(model))
                .build());
        return new ChosenGenerator(registry.generator(name), registry);
    }

    /** {@code ~/} is the user's home, also in quotes, where no shell puts it in. */
    static String expanded(String model) {
        try {
            return model.startsWith("~") ? UserFolders.expand(model).toString() : model;
        } catch (IllegalStateException e) {
            throw new CommandFailure("model cannot be found: " + model + ": " + e.getMessage(), e);
        }
    }

    /** The configuration as it is. */
    TriptychConfig configuration() {
        return config.load();
    }
}
