package dev.triptych.cli;

import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.TriptychConfig;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/** Looks whether a generator of the configuration could paint, without asking a network or loading a model. */
final class Doctor {

    /** What to add to the class path for a type that nothing there makes. */
    private static final Map<String, String> ARTIFACTS = Map.of(
            "local", "triptych-provider-local-diffusion-cpu, or -cuda,",
            "openai", "triptych-provider-openai",
            "discord", "triptych-provider-discord-bridge");

    private Doctor() {}

    /** {@code "ok, model bundled"}, or what is missing. */
    static String look(TriptychConfig configuration, String name) {
        String type = configuration.type(name);
        Optional<GeneratorFactory> factory = ServiceLoader.load(GeneratorFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(each -> each.type().equals(type))
                .findFirst();
        if (factory.isEmpty()) {
            return jarMissing(type);
        }
        try (ImageGenerator generator = factory.get().create(configuration.generator(name))) {
            boolean provisional = generator.capabilities().provisional();
            String model = generator.info().model();
            return "ok, model " + model
                    + (provisional && !model.equals("bundled") && type.equals("local")
                            ? ", to be downloaded with the first picture"
                            : "");
        } catch (ConfigException e) {
            // A variable or a file that is referred to and not there is, nearly always, a key.
            return (String.valueOf(e.getMessage()).contains(" needs the ") ? "key missing: " : "wrong: ")
                    + e.getMessage();
        } catch (ImageGenerationException | IllegalArgumentException e) {
            return "wrong: " + e.getMessage();
        } catch (LinkageError e) {
            return jarMissing(type);
        }
    }

    private static String jarMissing(String type) {
        String artifact = ARTIFACTS.get(type);
        return artifact == null
                ? "jar missing: nothing on the class path makes generators of this type"
                : "jar missing: add dev.triptych:" + artifact + " to the class path";
    }
}
