package dev.triptych.cli;

import dev.triptych.ModelLoadException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.TriptychConfig;
import dev.triptych.diffusion.LocalSettings;
import dev.triptych.diffusion.ModelHub;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code triptych models}: what can paint on this machine without asking anybody. */
@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        description = "Lists the generators of the configuration, what each lacks, and the checkpoints at hand.",
        subcommands = {
            ModelsPullCommand.class,
            ModelsListCommand.class,
            ModelsRemoveCommand.class,
            ModelsVerifyCommand.class
        })
final class ModelsCommand implements Callable<Integer> {

    @Mixin
    private final GeneratorChoice choice = new GeneratorChoice();

    @Option(names = "--hosted", description = "Lists the hosted models that are known instead: limits, price, end.")
    private boolean hosted;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    ModelsCommand() {}

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (hosted) {
            ServiceLoader.load(GeneratorFactory.class)
                    .forEach(factory -> factory.hostedModels().forEach(out::println));
            return 0;
        }
        TriptychConfig configuration = choice.configuration();
        out.println("Generators");
        for (String name : configuration.generatorNames()) {
            out.println("  " + name + "  (" + configuration.type(name) + ")  " + Doctor.look(configuration, name));
        }
        out.println("Checkpoints (for --model)");
        out.println(
                "  bundled  " + (LocalSettings.hasBundledCheckpoint() ? "part of Triptych" : "not on the class path"));
        for (String checkpoint : huggingFaceCheckpoints()) {
            out.println("  " + checkpoint);
        }
        return 0;
    }

    /** {@code OWNER/NAME@COMMIT} of every checkpoint in the Hugging Face cache. */
    private static List<String> huggingFaceCheckpoints() {
        try {
            return ModelHub.ofEnvironment().list().stream()
                    .filter(model -> Files.exists(model.folder().resolve("model_index.json")))
                    .map(model ->
                            model.revisions().contains("main") ? model.name() : model.name() + "@" + model.commit())
                    .toList();
        } catch (ModelLoadException e) {
            return List.of(); // a user without a home has no cache
        }
    }
}
