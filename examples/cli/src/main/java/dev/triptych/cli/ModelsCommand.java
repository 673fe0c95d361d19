package dev.triptych.cli;

import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.TriptychConfig;
import dev.triptych.diffusion.LocalSettings;
import dev.triptych.storage.UserFolders;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code triptych models}: what can paint on this machine without asking anybody. */
@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        description = "Lists the generators of the configuration, what each lacks, and the checkpoints at hand.")
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
        for (Path checkpoint : huggingFaceCheckpoints(System.getenv())) {
            out.println("  " + checkpoint);
        }
        return 0;
    }

    /** Diffusers directories in the Hugging Face cache: {@code hub/models--OWNER--NAME/snapshots/REVISION}. */
    private static List<Path> huggingFaceCheckpoints(Map<String, String> environment) {
        return hub(environment)
                .map(hub -> folders(hub).stream()
                        .flatMap(model -> folders(model.resolve("snapshots")).stream())
                        .filter(snapshot -> Files.exists(snapshot.resolve("model_index.json")))
                        .toList())
                .orElse(List.of());
    }

    /** Where the Hugging Face cache is; empty where the user has no home and no variable says it. */
    private static Optional<Path> hub(Map<String, String> environment) {
        try {
            if (environment.containsKey("HF_HUB_CACHE")) {
                return Optional.of(UserFolders.expand(environment.get("HF_HUB_CACHE")));
            }
            Path home = environment.containsKey("HF_HOME")
                    ? UserFolders.expand(environment.get("HF_HOME"))
                    : UserFolders.home().resolve(".cache").resolve("huggingface");
            return Optional.of(home.resolve("hub"));
        } catch (IllegalStateException e) {
            return Optional.empty();
        }
    }

    private static List<Path> folders(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new CommandFailure("folder cannot be listed: " + parent + ": " + IoReason.of(e), e);
        }
    }
}
